import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { organization } from "../input.ts";
import { anonymous, type Definition, evaluated, stored } from "./evaluation.ts";
import { E, ESC, findEnvironment, findRevision } from "./find.ts";
import { functionSummary } from "./function-summary.ts";
import { overrides } from "./query.ts";

/** The evaluated definition with its expressions, nothing opened; errors are a 400 with diagnostics. */
function check(request: ApiRequest, context: PulumiHalf, definition: Definition): Response {
  const showSecrets = request.query.get("showSecrets") === "true";
  const { environment, diagnostics } = evaluated(context, definition, {
    mode: "check",
    showSecrets,
    overrides: overrides(request),
  });
  const environmentFunctionSummary = functionSummary(environment);
  return json(200, {
    ...environment,
    environmentFunctionSummary,
    ...(diagnostics.length === 0 ? {} : { diagnostics }),
  });
}

function checkStored(request: ApiRequest, context: PulumiHalf, version: string): Response {
  const environment = findEnvironment(request, context);
  const { text } = findRevision(context, environment, version);
  return check(request, context, stored(context, environment, text));
}

export const checkRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: `${ESC}/:org/yaml/check`,
    operation: "CheckYAML",
    handle: async (request, context) => {
      const owner = organization(request, context);
      return check(request, context, anonymous(owner, await request.text()));
    },
  },
  {
    method: "POST",
    path: `${E}/check`,
    operation: "CheckEnvironment",
    handle: (request, context) => checkStored(request, context, "latest"),
  },
  {
    method: "POST",
    path: `${E}/versions/:version/check`,
    operation: "CheckEnvironmentAtVersion",
    handle: (request, context) => checkStored(request, context, request.param("version")),
  },
];
