import { Hono } from "hono";
import { mount } from "../http/route.ts";
import { type Caller, callerOf, userCaller } from "./access/caller.ts";
import { passGate } from "./access/gate.ts";
import type { PulumiContext } from "./base-context.ts";
import { createSessions } from "./environments/sessions.ts";
import { createTokens } from "./environments/tokens.ts";
import { answerFault, notFound, Refusal, refuse } from "./errors.ts";
import { pulumiRoutes } from "./routes.ts";
import { closedToOthers, leaseToken, openedByLease } from "./state/lease-routes.ts";

export type { PulumiContext } from "./base-context.ts";
export { pulumiRoutes } from "./routes.ts";

/** The Pulumi Cloud half of the sandbox: state and Environments, all under `/api/`. */
export function createPulumiHalf(context: PulumiContext): Hono {
  const half = { ...context, sessions: createSessions(context), tokens: createTokens(context) };
  const answers = { notFound: () => refuse(notFound()), fault: answerFault };
  const unknown = { ...answers, notFound: () => refuse(UNAUTHORIZED) };
  const user = userCaller(context);
  const own = pulumiRoutes.filter(({ credential }) => credential === "lease").map(openedByLease);
  const inUpdates = mount(own, { ...half, caller: user }, unknown);
  const open = pulumiRoutes.filter(({ credential }) => credential === "everyone");
  const forEveryone = mount(open, { ...half, caller: user }, unknown);
  const forUsers = pulumiRoutes.map((route) =>
    route.credential === "lease" && !route.operation.startsWith("absent:") ? closedToOthers(route) : route,
  );
  const mounted = new Map<string, Hono>();
  /** The routes as one kind of caller sees them. Only ever a few: by kind, organization and name of a token. */
  const routesFor = (caller: Caller): Hono => {
    const key = JSON.stringify(caller);
    const routes = mounted.get(key) ?? mount(forUsers, { ...half, caller }, answers);
    mounted.set(key, routes);
    return routes;
  };
  const app = new Hono();
  app.all("*", (c) => {
    const { raw } = c.req;
    const given = raw.headers.get("authorization");
    if (given === null) return forEveryone.fetch(raw);
    if (leaseToken(raw.headers) !== undefined) return inUpdates.fetch(raw);
    const token = /^token +(\S+)$/i.exec(given)?.[1];
    const caller = token === undefined ? undefined : callerOf(token, context);
    return caller === undefined
      ? forEveryone.fetch(raw)
      : routesFor(caller).fetch(passGate(raw, caller, context));
  });
  app.onError(answerFault);
  return app;
}

const UNAUTHORIZED = new Refusal(
  401,
  "Unauthorized: No credentials provided or are invalid. Set PULUMI_ACCESS_TOKEN to the sandbox's token.",
);
