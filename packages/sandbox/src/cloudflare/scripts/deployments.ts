import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext, DeploymentRecord, ScriptRecord, VersionRecord } from "../model.ts";
import { addDeployment } from "./add.ts";
import { checked } from "./form.ts";
import { sourceOf } from "./prepare.ts";
import { scopeOf, unseal } from "./sealing.ts";
import {
  activeDeployment,
  activeVersion,
  deploymentsOf,
  publish,
  requireScript,
  versionsOf,
} from "./state.ts";
import { inTurn } from "./turn.ts";
import { DEPLOYABLE } from "./versions.ts";

const Deployment = v.object({
  strategy: v.literal("percentage"),
  versions: v.pipe(
    v.array(
      v.object({ version_id: v.string(), percentage: v.pipe(v.number(), v.minValue(0.01), v.maxValue(100)) }),
    ),
    v.minLength(1),
  ),
  annotations: v.nullish(v.record(v.string(), v.string())),
});

function view({ identity }: CloudflareContext, deployment: DeploymentRecord) {
  return {
    id: deployment.id,
    source: deployment.source,
    strategy: "percentage",
    author_email: identity.email,
    annotations: deployment.annotations,
    versions: deployment.versions,
    created_on: deployment.createdOn,
  };
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const newest = deploymentsOf(context, script).reverse();
  return success({ deployments: newest.map((deployment) => view(context, deployment)) });
}

function get(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const found = deploymentsOf(context, script).find(({ id }) => id === request.param("deployment"));
  if (found === undefined) throw fault(404, 10007, "This deployment does not exist on this Worker.");
  return success(view(context, found));
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const name = request.param("script");
  const sent = checked(Deployment, await request.json(), "deployment");
  return inTurn(context, name, () => {
    const script = requireScript(context, request.param("account"), name);
    const total = sent.versions.reduce((sum, { percentage }) => sum + percentage, 0);
    if (Math.abs(total - 100) > 1e-6) {
      throw fault(400, 10026, `The deployment can't be used: its percentages add up to ${total}, not 100.`);
    }
    const deployable = versionsOf(context, script).slice(-DEPLOYABLE);
    const chosen = sent.versions.map(({ version_id }) => {
      const found = deployable.find(({ id }) => id === version_id);
      if (found === undefined)
        throw fault(404, 10007, `The version ${version_id} is not among the last ${DEPLOYABLE}.`);
      return found;
    });
    if (request.query.get("force") !== "true") refuseLostSecrets(context, script, chosen);
    const source = sourceOf(request);
    const done = context.store.transaction(() =>
      addDeployment(
        context,
        { ...script, lastDeployedFrom: source },
        {
          createdOn: context.now().toISOString(),
          source,
          annotations: { ...sent.annotations, "workers/triggered_by": "deployment" },
          versions: sent.versions,
        },
      ),
    );
    publish(context, done.script);
    return success(view(context, done.deployment));
  });
}

/** 10220: going back to a version would also go back to its secrets. wrangler reads the names out of this text. */
function refuseLostSecrets(
  context: CloudflareContext,
  script: ScriptRecord,
  chosen: readonly VersionRecord[],
): void {
  if (activeDeployment(context, script) === undefined) return;
  const active = activeVersion(context, script);
  const secrets = (version: VersionRecord): Map<string, string> => {
    const sealed = version.bindings.filter((binding) => binding.sealed !== undefined);
    const scope = scopeOf(script.account, script.name);
    return new Map(
      sealed.map((binding) => [binding.name, JSON.stringify(unseal(context.vault, scope, binding))]),
    );
  };
  const now = secrets(active);
  const changed = new Set<string>();
  for (const version of chosen.filter(({ number }) => number < active.number)) {
    const then = secrets(version);
    for (const name of new Set([...now.keys(), ...then.keys()])) {
      if (now.get(name) !== then.get(name)) changed.add(name);
    }
  }
  if (changed.size === 0) return;
  const names = [...changed].sort().join(", ");
  throw fault(400, 10220, `Cannot deploy an older version. The following secrets have changed: ${names}`);
}

const DEPLOYMENTS = "/client/v4/accounts/:account/workers/scripts/:script/deployments";

export const deploymentRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: DEPLOYMENTS, operation: "WorkersScriptsDeploymentsList", handle: list },
  { method: "POST", path: DEPLOYMENTS, operation: "WorkersScriptsDeploymentsCreate", handle: create },
  {
    method: "GET",
    path: `${DEPLOYMENTS}/:deployment`,
    operation: "WorkersScriptsDeploymentsGet",
    handle: get,
  },
];
