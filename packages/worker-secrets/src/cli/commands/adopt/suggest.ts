import { stringify } from "smol-toml";
import type { DeployedBinding, DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import type { Difference } from "./compare.ts";

/**
 * What to add to a wrangler file that lacks something, as its text: by wrangler's own keys, each key once, in the file's
 * own language. What a line can't say (a Durable Object's class needs its code too) is left to the person.
 */
export function linesToAdd(deployed: DeployedWorker, lost: readonly Difference[], file: string): string[] {
  const bindings = new Map(deployed.bindings.map((one) => [one.name, one]));
  const all: Keys = {};
  const words: string[] = [];
  for (const { what, name } of lost) {
    const binding = bindings.get(name);
    const added = keysFor(what, name, deployed, binding);
    if (added !== undefined) merge(all, added);
    else if (binding !== undefined)
      words.push(`the binding '${name}' of the type ${binding.type}, by its key of wrangler's configuration`);
  }
  const text = file.endsWith(".toml")
    ? stringify(without(all) as Keys).split("\n")
    : Object.entries(all).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
  const hidden = lost.some(({ what }) => what === "variable")
    ? ["(the values of variables: in the dashboard, or by npx wrangler versions view)"]
    : [];
  return [...text.filter((line, index) => line !== "" || index < text.length - 1), ...words, ...hidden];
}

type Keys = Record<string, unknown>;

function keysFor(
  what: Difference["what"],
  name: string,
  deployed: DeployedWorker,
  binding: DeployedBinding | undefined,
): Keys | undefined {
  switch (what) {
    case "cron":
      return { triggers: { crons: deployed.crons } };
    case "domain":
      return { routes: [{ pattern: name, custom_domain: true }] };
    case "route":
      return {
        routes: [{ pattern: name, zone_id: deployed.routes.find(({ pattern }) => pattern === name)?.zoneId }],
      };
    case "queue consumer":
      return { queues: { consumers: [{ queue: name }] } };
    case "tail consumer":
      return { tail_consumers: [{ service: name }] };
    case "address":
      return { workers_dev: true };
    case "assets":
      return { assets: { directory: "…" } };
    case "secret":
      return { secrets: { required: [name] } };
    default:
      return binding === undefined ? undefined : keysOf(binding);
  }
}

/** Lists grow, objects take each other's keys; what stands there twice stands there once. */
function merge(into: Keys, more: Keys): void {
  for (const [key, value] of Object.entries(more)) {
    const there = into[key];
    if (Array.isArray(there) && Array.isArray(value))
      into[key] = [...there, ...value.filter((one) => !there.includes(one))];
    else if (isKeys(there) && isKeys(value)) merge(there, value);
    else into[key] = isKeys(value) ? { ...value } : value;
  }
}

function isKeys(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** TOML has no `undefined`, where JSON leaves the key out. */
function without(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function keysOf(binding: DeployedBinding): Keys | undefined {
  const { name, type } = binding;
  const rest = binding as Record<string, unknown>;
  switch (type) {
    // The value is on Cloudflare in clear, but it may be one that never should have been: the person fills it in.
    case "plain_text":
    case "json":
      return { vars: { [name]: "…" } };
    case "kv_namespace":
      return { kv_namespaces: [{ binding: name, id: rest.namespace_id }] };
    case "d1":
      return { d1_databases: [{ binding: name, database_id: rest.database_id ?? rest.id }] };
    case "r2_bucket":
      return {
        r2_buckets: [{ binding: name, bucket_name: rest.bucket_name, jurisdiction: rest.jurisdiction }],
      };
    case "queue":
      return { queues: { producers: [{ binding: name, queue: rest.queue_name }] } };
    case "service":
      return { services: [{ binding: name, service: rest.service, entrypoint: rest.entrypoint }] };
    case "durable_object_namespace":
      return {
        durable_objects: {
          bindings: [{ name, class_name: rest.class_name, script_name: rest.script_name }],
        },
      };
    case "analytics_engine":
      return { analytics_engine_datasets: [{ binding: name, dataset: rest.dataset }] };
    case "hyperdrive":
      return { hyperdrive: [{ binding: name, id: rest.id }] };
    case "vectorize":
      return { vectorize: [{ binding: name, index_name: rest.index_name }] };
    case "mtls_certificate":
      return { mtls_certificates: [{ binding: name, certificate_id: rest.certificate_id }] };
    case "secrets_store_secret":
      return {
        secrets_store_secrets: [{ binding: name, store_id: rest.store_id, secret_name: rest.secret_name }],
      };
    case "workflow":
      return {
        workflows: [
          {
            binding: name,
            name: rest.workflow_name,
            class_name: rest.class_name,
            script_name: rest.script_name,
          },
        ],
      };
    case "dispatch_namespace":
      return { dispatch_namespaces: [{ binding: name, namespace: rest.namespace }] };
    case "send_email":
      return {
        send_email: [
          {
            name,
            destination_address: rest.destination_address,
            allowed_destination_addresses: rest.allowed_destination_addresses,
            allowed_sender_addresses: rest.allowed_sender_addresses,
          },
        ],
      };
    case "ratelimit":
      return { ratelimits: [{ name, namespace_id: rest.namespace_id, simple: rest.simple }] };
    case "ai":
    case "browser":
    case "images":
    case "version_metadata":
      return { [type]: { binding: name } };
    case "assets":
      return { assets: { directory: "…", binding: name } };
    default:
      return undefined;
  }
}
