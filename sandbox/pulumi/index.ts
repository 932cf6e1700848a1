import { Hono } from "hono";
import { sameToken } from "../http/guard.ts";
import { mount } from "../http/route.ts";
import type { PulumiContext } from "./context.ts";
import { createSessions } from "./environments/sessions.ts";
import { createTokens } from "./environments/tokens.ts";
import { answerFault, notFound, Refusal, refuse } from "./errors.ts";
import { pulumiRoutes } from "./routes.ts";
import { LEASE_PATHS, leaseToken } from "./state/lease-routes.ts";

export type { PulumiContext } from "./context.ts";
export { pulumiRoutes } from "./routes.ts";

/** The Pulumi Cloud half of the sandbox: state and Environments, all under `/api/`. */
export function createPulumiHalf(context: PulumiContext): Hono {
  const half = { ...context, sessions: createSessions(context), tokens: createTokens(context) };
  const routes = mount(pulumiRoutes, half, { notFound: () => refuse(notFound()), fault: answerFault });
  const app = new Hono();
  app.all("*", (c) => (admitted(c.req.raw, context) ? routes.fetch(c.req.raw) : refuse(UNAUTHORIZED)));
  return app;
}

const UNAUTHORIZED = new Refusal(
  401,
  "Unauthorized: No credentials provided or are invalid. Set PULUMI_ACCESS_TOKEN to the sandbox's token.",
);

/** Public keys are everyone's. The user's token opens everything; an update's own token only the calls inside an update, which look at it closer. */
function admitted(request: Request, { identity }: PulumiContext): boolean {
  if (new URL(request.url).pathname === "/oidc/.well-known/jwks") return true;
  const token = /^token +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token !== undefined) return sameToken(token, identity.token);
  return leaseToken(request.headers) !== undefined && LEASE_PATHS.test(new URL(request.url).pathname);
}
