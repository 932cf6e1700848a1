import { randomUUID } from "node:crypto";
import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, notFound } from "../errors.ts";
import {
  findStack,
  lastUpdate,
  putStack,
  putUpdate,
  refuseWhileLocked,
  sealFacts,
  settled,
  versionKey,
} from "./find.ts";
import { S } from "./lease-routes.ts";
import { EMPTY_DEPLOYMENT, untypedDeployment } from "./raw.ts";
import { history, type Stack, states } from "./records.ts";

/** The state that a version left behind: its own, or the nearest earlier one when it wrote none. */
export function stateAt({ store }: PulumiHalf, stack: Stack, version: number): string {
  for (let at = Math.min(version, stack.stateVersion); at >= 0; at--) {
    const text = store.get(states, versionKey(stack, at));
    if (text !== undefined) return text;
  }
  return EMPTY_DEPLOYMENT;
}

function rawJson(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json" } });
}

function exportAt(request: ApiRequest, context: PulumiHalf): Response {
  const stack = findStack(request, context);
  const text = request.param("version");
  const version = Number(text);
  if (!/^\d{1,9}$/.test(text)) throw badRequest("Invalid version: it must be a whole number");
  if (version > stack.version || (version === 0 && stack.version > 0))
    throw notFound(`Version ${version} not found`);
  return rawJson(stateAt(context, stack, version));
}

async function importState(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const deployment = untypedDeployment(await request.text());
  if (deployment === undefined) throw badRequest("deployment is missing");
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    refuseWhileLocked(context, stack);
    const now = context.now().getTime();
    const previous = lastUpdate(context, stack);
    if (previous !== undefined) putUpdate(context, stack, settled(previous, now));
    const version = stack.version + 1;
    const id = randomUUID();
    const { text, resourceCount } = deployment;
    putUpdate(context, stack, {
      id,
      kind: "import",
      dryRun: false,
      status: "succeeded",
      created: now,
      started: now,
      ended: now,
      version,
      resourceCount,
      sealedFacts: sealFacts(context, stack, { message: "", environment: {}, config: {} }),
    });
    context.store.put(history, versionKey(stack, version), id);
    context.store.put(states, versionKey(stack, version), text);
    putStack(context, {
      ...stack,
      version,
      stateVersion: version,
      resourceCount,
      lastUpdate: id,
      lastUpdated: now,
    });
    return json(200, { updateId: id });
  });
}

export const transferRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: `${S}/export`,
    operation: "ExportStack",
    handle: (request, context) => {
      const stack = findStack(request, context);
      return rawJson(stateAt(context, stack, stack.version));
    },
  },
  { method: "GET", path: `${S}/export/:version`, operation: "ExportStackAtVersion", handle: exportAt },
  { method: "POST", path: `${S}/import`, operation: "ImportStack", handle: importState },
];
