import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { findReferrers, liveBindings } from "./referrers.ts";
import { deleteScript, requireScript } from "./state.ts";
import { inTurn } from "./turn.ts";

/** With it go its versions, its deployments and its secrets. Deleting twice is an error (10007), as it is there. */
async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  return inTurn(context, name, () => {
    const script = requireScript(context, account, name);
    refuseReferred(context, script, request.query.get("force") === "true");
    deleteScript(context, script);
    return success(null);
  });
}

/**
 * Refuses while others depend on the script. Forced, only the queues count: they have to be let go of first. The code
 * of that is the service's; the one for the rest is not known, and is the one that it is closest to.
 */
export function refuseReferred(context: CloudflareContext, script: ScriptRecord, force: boolean): void {
  const { queues, services, durableObjects } = findReferrers(context, script);
  if (queues.length > 0) {
    throw fault(
      400,
      10064,
      "Cannot delete this Worker as it is a consumer for a Queue. Remove it from the Queue's consumers first, then retry.",
    );
  }
  if (force) return;
  const users = [...new Set([...services, ...durableObjects].map((one) => one.script))].sort();
  if (users.length === 0) return;
  throw fault(
    400,
    10064,
    `Cannot delete this Worker as other Workers are bound to it: ${users.join(", ")}. Remove their bindings first, or repeat with force=true.`,
  );
}

/** Who uses the script, which `wrangler delete` asks before it deletes. */
function references(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const environment = "production";
  const { services, durableObjects } = findReferrers(context, script);
  return success({
    services: {
      incoming: services.map(({ script: service, binding: name }) => ({ service, environment, name })),
      outgoing: liveBindings(context, script)
        .filter(({ type }) => type === "service")
        .map(({ name, fields }) => ({ service: fields.service ?? null, environment, name })),
      pages_function: false,
    },
    durable_objects: durableObjects.map(({ script: service, className, namespaceId }) => ({
      service,
      environment,
      name: className,
      durable_object_namespace_id: namespaceId,
      durable_object_namespace_name: `${script.name}_${className}`,
    })),
    dispatch_outbounds: [],
  });
}

/** Which scripts send their logs to this one. */
function tailProducers(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const consumer = { service: script.name, environment: "production" };
  return success(
    findReferrers(context, script).tails.map(({ id, name, modifiedOn }) => ({
      tag: id,
      consumer,
      producer: { service: name, environment: "production" },
      modified_on: modifiedOn,
    })),
  );
}

export const deleteRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "DELETE",
    path: "/client/v4/accounts/:account/workers/scripts/:script",
    operation: "WorkersScriptsDelete",
    handle: remove,
  },
  {
    method: "DELETE",
    path: "/client/v4/accounts/:account/workers/services/:script",
    operation: "WorkersServicesDelete",
    handle: remove,
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/scripts/:script/references",
    operation: "WorkersScriptsReferencesGet",
    handle: references,
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/tails/by-consumer/:script",
    operation: "WorkersTailsByConsumerList",
    handle: tailProducers,
  },
];
