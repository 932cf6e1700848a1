import { isObject } from "../../objects.ts";
import type { Json } from "../../store/store.ts";
import type { ApiError } from "../envelope.ts";

/** A binding as a client sends it. */
export type SentBinding = Readonly<Record<string, Json>>;

type Shape = "text" | "name" | "number" | "object" | "texts" | "any" | "rate";

interface BindingType {
  readonly required?: Readonly<Record<string, Shape>>;
  readonly optional?: Readonly<Record<string, Shape>>;
}

/**
 * Every binding type of the API and its fields, from the types of its TypeScript SDK (7.3) and what wrangler 4.164
 * sends. A field that is not here is taken and kept: clients grow new ones all the time.
 */
const TYPES: Readonly<Record<string, BindingType>> = {
  ai: {},
  ai_search: { required: { instance_name: "name" } },
  ai_search_namespace: { required: { namespace: "name" } },
  analytics_engine: { optional: { dataset: "name" } },
  artifacts: { required: { namespace: "name" } },
  assets: {},
  browser: {},
  d1: {},
  data_blob: { required: { part: "name" } },
  dispatch_namespace: { required: { namespace: "name" }, optional: { outbound: "object" } },
  durable_object_namespace: { optional: { class_name: "name", namespace_id: "name", script_name: "name" } },
  flagship: { required: { app_id: "name" } },
  hyperdrive: { required: { id: "name" } },
  images: {},
  json: { required: { json: "any" } },
  k2: { required: { stream: "name" } },
  kv_namespace: { required: { namespace_id: "name" } },
  media: {},
  messaging: { required: { namespace: "name" } },
  mtls_certificate: { required: { certificate_id: "name" } },
  pipelines: { optional: { pipeline: "name", stream: "name" } },
  plain_text: { required: { text: "text" } },
  queue: { required: { queue_name: "name" }, optional: { delivery_delay: "number" } },
  r2_bucket: { required: { bucket_name: "name" }, optional: { jurisdiction: "name" } },
  ratelimit: { required: { namespace_id: "name", simple: "rate" } },
  secret_key: { required: { algorithm: "any", format: "name", usages: "texts" } },
  secret_text: { required: { text: "text" } },
  secrets_store_secret: { required: { store_id: "name", secret_name: "name" } },
  send_email: {
    optional: {
      destination_address: "name",
      allowed_destination_addresses: "texts",
      allowed_sender_addresses: "texts",
    },
  },
  service: { required: { service: "name" }, optional: { environment: "name", entrypoint: "name" } },
  stream: {},
  tail_consumer: { required: { service: "name" } },
  text_blob: { required: { part: "name" } },
  vectorize: { required: { index_name: "name" } },
  version_metadata: {},
  vpc_network: { optional: { network_id: "name", tunnel_id: "name" } },
  vpc_service: { required: { service_id: "name" } },
  wasm_module: { required: { part: "name" } },
  worker_loader: {},
  workflow: { required: { workflow_name: "name" }, optional: { class_name: "name", script_name: "name" } },
};

/** What is wrong with a binding's type and fields. The texts name the field and never what it holds. */
export function fieldFaults(name: string, type: string, sent: SentBinding): ApiError[] {
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === undefined) return [invalidBinding(`binding ${name} has an unknown type`)];
  const required = Object.entries(known.required ?? {}).filter(([field, shape]) => !fits(shape, sent[field]));
  const optional = Object.entries(known.optional ?? {}).filter(
    ([field, shape]) => sent[field] != null && !fits(shape, sent[field]),
  );
  const faults = [...required, ...optional].map(([field]) => missing(field, name));
  return [...faults, ...either(name, type, sent)];
}

/** What may be given in more than one way. */
function either(name: string, type: string, sent: SentBinding): ApiError[] {
  const given = (...fields: string[]) => fields.some((field) => fits("name", sent[field]));
  switch (type) {
    case "d1":
      // wrangler looks for exactly this text.
      if (given("id", "database_id")) return [];
      return [invalidBinding(`binding ${name} of type d1 must have a valid \`id\` specified`)];
    case "durable_object_namespace":
      return given("class_name", "namespace_id") ? [] : [missing("class_name", name)];
    case "pipelines":
      return given("pipeline", "stream") ? [] : [missing("pipeline", name)];
    case "secret_key":
      return sent.key_base64 != null || sent.key_jwk != null ? [] : [missing("key_base64", name)];
    case "vpc_network":
      return given("network_id", "tunnel_id") ? [] : [missing("network_id", name)];
    default:
      return [];
  }
}

function missing(property: string, name: string): ApiError {
  return invalidBinding(`invalid or missing ${property} property for binding ${name}`);
}

function invalidBinding(message: string): ApiError {
  return { code: 10021, message };
}

function fits(shape: Shape, value: Json | undefined): boolean {
  switch (shape) {
    case "text":
      return typeof value === "string";
    case "name":
      return typeof value === "string" && value !== "";
    case "number":
      return typeof value === "number";
    case "texts":
      return Array.isArray(value) && value.every((one) => typeof one === "string");
    case "object":
      return isObject(value);
    case "rate":
      return isObject(value) && Number(value.limit) > 0 && (value.period === 10 || value.period === 60);
    case "any":
      return value !== undefined;
  }
}
