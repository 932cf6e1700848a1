import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { filterSchema } from "../../workers/tails/filters.ts";
import type { Tail } from "../../workers/tails/tails.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "./form.ts";
import { requireScript } from "./state.ts";

/** At most so many follow one Worker at a time, as at Cloudflare. */
const MAX_TAILS = 10;

const Sent = v.optional(v.looseObject({ filters: v.optional(v.array(filterSchema), []) }), {});

function named(request: ApiRequest, context: CloudflareContext): string {
  return requireScript(context, request.param("account"), request.param("script")).name;
}

const shown = ({ id, url, expiresAt }: Tail) => ({ id, url, expires_at: expiresAt.toISOString() });

/** Follows a Worker's invocations from the next one on. wrangler sends the filters as text, the SDK sends nothing. */
async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const script = named(request, context);
  const { filters } = checked(Sent, await request.json(), "tail");
  const { tails } = context.workers;
  if (tails.of(script).length >= MAX_TAILS)
    // The number is documented, the code is not.
    throw fault(400, 10013, `a Worker can be followed by ${MAX_TAILS} tails at a time`);
  return success(shown(tails.open(script, filters)));
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  return success(context.workers.tails.of(named(request, context)).map(shown));
}

function end(request: ApiRequest, context: CloudflareContext): Response {
  if (!context.workers.tails.end(named(request, context), request.param("tail")))
    throw fault(404, 10007, "workers.api.error.tail_not_found");
  return success(null);
}

const TAILS = "/client/v4/accounts/:account/workers/scripts/:script/tails";

export const tailRoutes: readonly Route<CloudflareContext>[] = [
  { method: "POST", path: TAILS, operation: "WorkersScriptsTailCreate", handle: create },
  { method: "GET", path: TAILS, operation: "WorkersScriptsTailGet", handle: list },
  { method: "DELETE", path: `${TAILS}/:tail`, operation: "WorkersScriptsTailDelete", handle: end },
];
