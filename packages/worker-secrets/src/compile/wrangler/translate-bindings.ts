import type { ConfigBinding } from "./bindings.ts";
import type { NormalisedConfig } from "./normalised-config.ts";

type Translators = {
  readonly [K in keyof NormalisedConfig]?: (
    value: NonNullable<NormalisedConfig[K]>,
  ) => readonly ConfigBinding[];
};

const TRANSLATORS: Translators = {
  kv_namespaces: (list) => list.map(({ binding: name, id }) => ({ type: "kv_namespace", name, id })),
  d1_databases: (list) =>
    list.map(({ binding: name, database_id, database_name }) => ({
      type: "d1",
      name,
      databaseId: database_id,
      databaseName: database_name,
    })),
  r2_buckets: (list) =>
    list.map(({ binding: name, bucket_name, jurisdiction }) => ({
      type: "r2_bucket",
      name,
      bucketName: bucket_name,
      jurisdiction,
    })),
  queues: ({ producers = [] }) =>
    producers.map(({ binding: name, queue }) => ({ type: "queue", name, queueName: queue })),
  services: (list) =>
    list.map(({ binding: name, service, entrypoint }) => ({ type: "service", name, service, entrypoint })),
  durable_objects: ({ bindings = [] }) =>
    bindings.map(({ name, class_name, script_name }) => ({
      type: "durable_object_namespace",
      name,
      className: class_name,
      scriptName: script_name,
    })),
  workflows: (list) =>
    list.map(({ binding: name, name: workflowName, class_name, script_name }) => ({
      type: "workflow",
      name,
      workflowName,
      className: class_name,
      scriptName: script_name,
    })),
  assets: ({ binding: name }) => (name === undefined ? [] : [{ type: "assets", name }]),
  ai: ({ binding: name }) => [{ type: "ai", name }],
  browser: ({ binding: name }) => [{ type: "browser", name }],
  images: ({ binding: name }) => [{ type: "images", name }],
  media: ({ binding: name }) => [{ type: "media", name }],
  version_metadata: ({ binding: name }) => [{ type: "version_metadata", name }],
  // The platform names the dataset after the binding when none is given.
  analytics_engine_datasets: (list) =>
    list.map(({ binding: name, dataset }) => ({ type: "analytics_engine", name, dataset: dataset ?? name })),
  hyperdrive: (list) => list.map(({ binding: name, id }) => ({ type: "hyperdrive", name, id })),
  vectorize: (list) =>
    list.map(({ binding: name, index_name }) => ({ type: "vectorize", name, indexName: index_name })),
  mtls_certificates: (list) =>
    list.map(({ binding: name, certificate_id }) => ({
      type: "mtls_certificate",
      name,
      certificateId: certificate_id,
    })),
  // One and the same id under its new and its old name; checked before: one of the two is there.
  pipelines: (list) =>
    list.map(({ binding: name, stream, pipeline }) => ({
      type: "pipelines",
      name,
      pipeline: stream ?? pipeline ?? "",
    })),
  ratelimits: (list) =>
    list.map(({ name, namespace_id, simple }) => ({
      type: "ratelimit",
      name,
      namespaceId: namespace_id,
      limit: simple.limit,
      period: simple.period,
    })),
  secrets_store_secrets: (list) =>
    list.map(({ binding: name, store_id, secret_name }) => ({
      type: "secrets_store_secret",
      name,
      storeId: store_id,
      secretName: secret_name,
    })),
  send_email: (list) =>
    list.map((keys) => ({
      type: "send_email",
      name: keys.name,
      destinationAddress: keys.destination_address,
      allowedDestinationAddresses: keys.allowed_destination_addresses,
      allowedSenderAddresses: keys.allowed_sender_addresses,
    })),
  dispatch_namespaces: (list) =>
    list.map(({ binding: name, namespace = "", outbound }) => ({
      type: "dispatch_namespace",
      name,
      namespace,
      outbound: outbound && {
        service: outbound.service,
        ...(outbound.environment !== undefined && { environment: outbound.environment }),
        parameters: outbound.parameters ?? [],
      },
    })),
  vpc_services: (list) =>
    list.map(({ binding: name, service_id }) => ({ type: "vpc_service", name, serviceId: service_id })),
};

/** All bindings but variables and secrets, in the order of the file. */
export function translateBindings(keys: NormalisedConfig): ConfigBinding[] {
  return (Object.keys(keys) as (keyof NormalisedConfig)[]).flatMap((key) => bindingsOf(key, keys));
}

function bindingsOf<K extends keyof NormalisedConfig>(
  key: K,
  keys: NormalisedConfig,
): readonly ConfigBinding[] {
  const value = keys[key];
  if (value === undefined || value === null) return [];
  return TRANSLATORS[key]?.(value as NonNullable<NormalisedConfig[K]>) ?? [];
}

/** Each binding and where it stands, for messages. */
export function bindingPlaces(
  keys: NormalisedConfig,
): { readonly binding: ConfigBinding; readonly path: readonly (string | number)[] }[] {
  return (Object.keys(TRANSLATORS) as (keyof NormalisedConfig)[]).flatMap((key) => {
    const list = key === "durable_objects" ? "bindings" : key === "queues" ? "producers" : undefined;
    const isSingle = !Array.isArray(keys[key]) && list === undefined;
    return bindingsOf(key, keys).map((binding, index) => ({
      binding,
      path: isSingle ? [key] : list === undefined ? [key, index] : [key, list, index],
    }));
  });
}
