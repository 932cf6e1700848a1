import type { Hono } from "hono";
import { mount, type Route } from "../http/route.ts";
import { checkAccount } from "./accounts.ts";
import { answers } from "./envelope.ts";
import type { CloudflareContext } from "./model.ts";
import { cloudflareRoutes } from "./routes.ts";
import { publishAll } from "./scripts/state.ts";
import { authenticate } from "./tokens/authenticate.ts";

export type { CloudflareContext } from "./model.ts";
export { cloudflareRoutes } from "./routes.ts";
export { createToken, type NewToken } from "./tokens/records.ts";

/**
 * Cloudflare's API, as far as the sandbox has it, under `/client/v4`. Whatever the store says is deployed answers on
 * the Workers port from here on.
 */
export function createCloudflareHalf(context: CloudflareContext): Hono {
  publishAll(context);
  const report = context.report ?? (() => undefined);
  return mount(cloudflareRoutes.map(guarded), context, answers(report));
}

/** Who is calling comes first, then whether the account is theirs: only then does a path say what exists. */
function guarded(route: Route<CloudflareContext>): Route<CloudflareContext> {
  return {
    ...route,
    handle(request, context) {
      if (route.credential === undefined) authenticate(route, request, context);
      if (route.path.includes("/:account")) checkAccount(request, context);
      return route.handle(request, context);
    },
  };
}
