import type { DeployedBinding, DeployedWorker } from "../../service/cloudflare-deployed.ts";
import type { Difference } from "./compare.ts";

/**
 * The lines to add to `wrangler.jsonc` for what it lacks, one per loss, by wrangler's own keys. What a line can't say
 * (a Durable Object's class needs its code too) is left to the person.
 */
export function linesToAdd(deployed: DeployedWorker, lost: readonly Difference[]): string[] {
  const bindings = new Map(deployed.bindings.map((one) => [one.name, one]));
  const json = (key: string, value: unknown) => `"${key}": ${JSON.stringify(value)}`;
  const lines = lost.flatMap(({ what, name }) => {
    if (what === "cron") return [];
    if (what === "domain") return [json("routes", [{ pattern: name, custom_domain: true }])];
    if (what === "route")
      return [
        json("routes", [
          { pattern: name, zone_id: deployed.routes.find((one) => one.pattern === name)?.zoneId },
        ]),
      ];
    if (what === "queue consumer") return [json("queues", { consumers: [{ queue: name }] })];
    if (what === "address") return [json("workers_dev", true)];
    if (what === "secret") return [json("secrets", { required: [name] })];
    const binding = bindings.get(name);
    return binding === undefined ? [] : [lineOf(binding, json)];
  });
  const crons = lost.some(({ what }) => what === "cron") ? [json("triggers", { crons: deployed.crons })] : [];
  return [...lines, ...crons];
}

function lineOf(binding: DeployedBinding, json: (key: string, value: unknown) => string): string {
  const { name, type } = binding;
  const rest = binding as Record<string, unknown>;
  switch (type) {
    // The value is on Cloudflare in clear, but it may be one that never should have been: the person fills it in.
    case "plain_text":
    case "json":
      return `${json("vars", { [name]: "…" })}   (its value: dashboard, or npx wrangler versions view)`;
    case "kv_namespace":
      return json("kv_namespaces", [{ binding: name, id: rest.namespace_id }]);
    case "d1":
      return json("d1_databases", [{ binding: name, database_id: rest.database_id ?? rest.id }]);
    case "r2_bucket":
      return json("r2_buckets", [{ binding: name, bucket_name: rest.bucket_name }]);
    case "queue":
      return json("queues", { producers: [{ binding: name, queue: rest.queue_name }] });
    case "service":
      return json("services", [{ binding: name, service: rest.service, entrypoint: rest.entrypoint }]);
    case "durable_object_namespace":
      return json("durable_objects", {
        bindings: [{ name, class_name: rest.class_name, script_name: rest.script_name }],
      });
    case "analytics_engine":
      return json("analytics_engine_datasets", [{ binding: name, dataset: rest.dataset }]);
    case "hyperdrive":
      return json("hyperdrive", [{ binding: name, id: rest.id }]);
    case "vectorize":
      return json("vectorize", [{ binding: name, index_name: rest.index_name }]);
    case "mtls_certificate":
      return json("mtls_certificates", [{ binding: name, certificate_id: rest.certificate_id }]);
    case "secrets_store_secret":
      return json("secrets_store_secrets", [
        { binding: name, store_id: rest.store_id, secret_name: rest.secret_name },
      ]);
    case "workflow":
      return json("workflows", [{ binding: name, name: rest.workflow_name, class_name: rest.class_name }]);
    case "dispatch_namespace":
      return json("dispatch_namespaces", [{ binding: name, namespace: rest.namespace }]);
    case "send_email":
      return json("send_email", [{ name, destination_address: rest.destination_address }]);
    case "ai":
    case "browser":
    case "images":
    case "version_metadata":
    case "assets":
      return json(type, { binding: name });
    default:
      return `the binding '${name}' of the type ${type}, by its key of wrangler's configuration`;
  }
}
