import type { Json } from "../../store/store.ts";
import type { RuntimeBinding } from "../../workers/runtime.ts";
import type { CloudflareContext, StoredBinding } from "../model.ts";
import { storedName } from "../r2/records.ts";
import { storeSecretValue } from "../secrets-store/records.ts";
import { workflows } from "../workflows/records.ts";

/** These are plain values, and stand in `env` as they are. */
const VALUES = new Set(["secret_text", "plain_text", "json", "version_metadata"]);

/** A version's bindings other than plain values, in the runtime's terms. */
export function runtimeBindings(
  context: CloudflareContext,
  account: string,
  bindings: readonly StoredBinding[],
): RuntimeBinding[] {
  return bindings
    .filter(({ type }) => !VALUES.has(type))
    .map((binding) => runtimeBinding(context, account, binding));
}

function runtimeBinding(context: CloudflareContext, account: string, binding: StoredBinding): RuntimeBinding {
  const { name, type, fields } = binding;
  switch (type) {
    case "kv_namespace":
      return { name, type, namespaceId: text(fields.namespace_id) };
    case "d1":
      return { name, type, databaseId: text(fields.database_id ?? fields.id) };
    case "r2_bucket": {
      const jurisdiction = optional(fields.jurisdiction) ?? "default";
      return { name, type, bucketName: storedName({ name: text(fields.bucket_name), jurisdiction }) };
    }
    case "queue": {
      const delay = fields.delivery_delay;
      return {
        name,
        type,
        queueName: text(fields.queue_name),
        ...(typeof delay === "number" ? { deliveryDelay: delay } : {}),
      };
    }
    case "service":
      return { name, type, service: text(fields.service), ...given("entrypoint", fields.entrypoint) };
    case "durable_object_namespace":
      return {
        name,
        type,
        className: text(fields.class_name),
        ...given("scriptName", fields.script_name),
      };
    case "workflow":
      return {
        name,
        type,
        workflowName: text(fields.workflow_name),
        ...registered(context, account, text(fields.workflow_name)),
      };
    case "secrets_store_secret": {
      const [storeId, secretName] = [text(fields.store_id), text(fields.secret_name)];
      const read = () => storeSecretValue(context, account, storeId, secretName);
      return { name, type, storeId, secretName, read };
    }
    case "analytics_engine":
      return { name, type, ...given("dataset", fields.dataset) };
    case "ratelimit":
      return { name, type, ...rate(fields) };
    case "send_email":
      return {
        name,
        type,
        ...given("destinationAddress", fields.destination_address),
        ...list("allowedDestinationAddresses", fields.allowed_destination_addresses),
        ...list("allowedSenderAddresses", fields.allowed_sender_addresses),
      };
    case "assets":
    case "worker_loader":
      return { name, type };
    default:
      return { name, type: "unavailable", kind: type };
  }
}

/** The Workflow says what runs, whatever class and script the binding names. */
function registered(context: CloudflareContext, account: string, name: string) {
  const found = context.store.get(workflows, [account, name]);
  if (found === undefined) return {};
  const { className, scriptName, maxSteps } = found;
  return { target: { className, scriptName, ...(maxSteps === undefined ? {} : { maxSteps }) } };
}

function rate(fields: StoredBinding["fields"]): { namespaceId: string; limit: number; period: 10 | 60 } {
  const simple = fields.simple;
  const { limit, period } = (typeof simple === "object" && simple !== null ? simple : {}) as {
    readonly limit?: Json;
    readonly period?: Json;
  };
  return { namespaceId: text(fields.namespace_id), limit: Number(limit), period: period === 10 ? 10 : 60 };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function optional(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function given<K extends string>(key: K, value: Json | undefined): { readonly [P in K]?: string } {
  const found = optional(value);
  return found === undefined ? {} : ({ [key]: found } as { readonly [P in K]?: string });
}

function list<K extends string>(key: K, value: Json | undefined): { readonly [P in K]?: readonly string[] } {
  if (!Array.isArray(value)) return {};
  return { [key]: value.map(String) } as unknown as { readonly [P in K]?: readonly string[] };
}
