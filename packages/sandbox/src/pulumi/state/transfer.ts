import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, notFound } from "../errors.ts";
import { stateAt } from "./deployments.ts";
import { findStack, refuseWhileLocked } from "./find.ts";
import { hasForeignSecrets } from "./foreign-secrets.ts";
import { S } from "./lease-routes.ts";
import { untypedDeployment } from "./raw.ts";
import { writeState } from "./written.ts";

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
    if (hasForeignSecrets(context, stack, deployment.text))
      throw badRequest("cannot import deployment with encrypted secrets from a different stack");
    return json(200, { updateId: writeState(context, stack, "import", deployment) });
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
