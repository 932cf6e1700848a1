import { Hono } from "hono";
import { mount } from "../http/route.ts";
import { type Caller, callerOf, userCaller } from "./access/caller.ts";
import { passGate } from "./access/gate.ts";
import type { PulumiContext } from "./base-context.ts";
import { createSessions } from "./environments/sessions.ts";
import { createTokens } from "./environments/tokens.ts";
import { answerFault, notFound, Refusal, refuse } from "./errors.ts";
import { pulumiRoutes } from "./routes.ts";
import { LEASE_PATHS, leaseToken } from "./state/lease-routes.ts";

export type { PulumiContext } from "./base-context.ts";
export { pulumiRoutes } from "./routes.ts";

/** The Pulumi Cloud half of the sandbox: state and Environments, all under `/api/`. */
export function createPulumiHalf(context: PulumiContext): Hono {
  const half = { ...context, sessions: createSessions(context), tokens: createTokens(context) };
  const answers = { notFound: () => refuse(notFound()), fault: answerFault };
  const mounted = new Map<string, Hono>();
  /** The routes as one kind of caller sees them. Only ever a few: by kind, organization and name of a token. */
  const routesFor = (caller: Caller): Hono => {
    const key = JSON.stringify(caller);
    const routes = mounted.get(key) ?? mount(pulumiRoutes, { ...half, caller }, answers);
    mounted.set(key, routes);
    return routes;
  };
  const app = new Hono();
  app.all("*", (c) => {
    const caller = admitted(c.req.raw, context);
    return caller === undefined
      ? refuse(UNAUTHORIZED)
      : routesFor(caller).fetch(passGate(c.req.raw, caller, context));
  });
  app.onError(answerFault);
  return app;
}

const UNAUTHORIZED = new Refusal(
  401,
  "Unauthorized: No credentials provided or are invalid. Set PULUMI_ACCESS_TOKEN to the sandbox's token.",
);

/**
 * Who a request comes from, if it may come in. Public keys are everyone's. An update's own token is good for the calls
 * inside an update only, which look at it closer.
 */
function admitted(request: Request, context: PulumiContext): Caller | undefined {
  const { pathname } = new URL(request.url);
  if (pathname === "/oidc/.well-known/jwks") return userCaller(context);
  const token = /^token +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token !== undefined) return callerOf(token, context);
  const isInside = leaseToken(request.headers) !== undefined && LEASE_PATHS.test(pathname);
  return isInside ? userCaller(context) : undefined;
}
