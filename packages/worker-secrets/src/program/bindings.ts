import type { input } from "@pulumi/cloudflare/types/index.js";
import type { Input } from "@pulumi/pulumi";
import type { ConfigBinding } from "../compile/wrangler/bindings.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";

/** A binding as the provider takes it. */
export type ScriptBinding = input.WorkersScriptBinding;

/** What the bindings of one upload are made of. */
export interface BindingInputs {
  readonly worker: Pick<WorkerConfig, "vars" | "bindings">;
  readonly secrets: ReadonlyMap<string, Input<string>>;
  /** Names that somebody else sets; they come over from the version before. */
  readonly externalSecrets: readonly string[];
  /** The id or name of the resource behind a binding, by the binding's name, where the file's own does not count. */
  readonly references: ReadonlyMap<string, Input<string>>;
  /** The script in the account that a name of the wrangler file means: this stack's own Workers carry the stack's name. */
  readonly scriptOf: (wranglerName: string) => Input<string>;
}

/**
 * All bindings of one upload, sorted by name in byte order: the provider compares lists by index, so another order
 * would show as a change. Secrets are in clear here; the component wraps them.
 */
export function bindingsOf(inputs: BindingInputs): ScriptBinding[] {
  const plain = Object.entries(inputs.worker.vars).map(
    ([name, value]): ScriptBinding =>
      typeof value === "string"
        ? { type: "plain_text", name, text: value }
        : { type: "json", name, json: JSON.stringify(value) },
  );
  const secret = [...inputs.secrets].map(
    ([name, text]): ScriptBinding => ({ type: "secret_text", name, text }),
  );
  const inherited = inputs.externalSecrets.map((name): ScriptBinding => ({ type: "inherit", name }));
  const others = inputs.worker.bindings.map((binding) => toBinding(binding, inputs));
  return [...plain, ...secret, ...inherited, ...others].sort((a, b) => byteOrder(nameOf(a), nameOf(b)));
}

function toBinding(binding: ConfigBinding, { references, scriptOf }: BindingInputs): ScriptBinding {
  const { type, name } = binding;
  const referenced = (own: string | undefined): Input<string> => {
    const id = references.get(name) ?? own;
    if (id === undefined) throw new Error(`the binding ${name} got past the checks without a resource`);
    return id;
  };
  switch (binding.type) {
    case "kv_namespace":
      return { type, name, namespaceId: referenced(binding.id) };
    case "d1":
      return { type, name, id: referenced(binding.databaseId) };
    case "r2_bucket":
      return {
        type,
        name,
        bucketName: referenced(binding.bucketName),
        ...present("jurisdiction", binding.jurisdiction),
      };
    case "queue":
      return { type, name, queueName: referenced(binding.queueName) };
    case "service":
      return { type, name, service: scriptOf(binding.service), ...present("entrypoint", binding.entrypoint) };
    case "durable_object_namespace":
      return { type, name, className: binding.className, ...script(binding.scriptName, scriptOf) };
    case "workflow":
      return {
        type,
        name,
        workflowName: binding.workflowName,
        className: binding.className,
        ...script(binding.scriptName, scriptOf),
      };
    case "analytics_engine":
      return { type, name, dataset: binding.dataset };
    case "hyperdrive":
      return { type, name, id: binding.id };
    case "vectorize":
      return { type, name, indexName: binding.indexName };
    case "mtls_certificate":
      return { type, name, certificateId: binding.certificateId };
    case "pipelines":
      return { type, name, pipeline: binding.pipeline };
    case "ratelimit":
      return {
        type,
        name,
        namespaceId: binding.namespaceId,
        simple: { limit: binding.limit, period: binding.period },
      };
    case "secrets_store_secret":
      return { type, name, storeId: binding.storeId, secretName: binding.secretName };
    case "send_email":
      return {
        type,
        name,
        ...present("destinationAddress", binding.destinationAddress),
        ...list("allowedDestinationAddresses", binding.allowedDestinationAddresses),
        ...list("allowedSenderAddresses", binding.allowedSenderAddresses),
      };
    case "dispatch_namespace":
      return {
        type,
        name,
        namespace: binding.namespace,
        ...(binding.outbound === undefined
          ? {}
          : {
              outbound: {
                params: [...binding.outbound.parameters],
                worker: {
                  service: scriptOf(binding.outbound.service),
                  ...present("environment", binding.outbound.environment),
                },
              },
            }),
      };
    case "vpc_service":
      return { type, name, serviceId: binding.serviceId };
    default:
      return { type, name };
  }
}

/** The names of everything that a Worker declares; an optional secret is bound only where it has a value. */
export function bindingNames(worker: {
  readonly config: Pick<WorkerConfig, "vars" | "bindings" | "requiredSecrets">;
  readonly externalSecrets: readonly string[];
  readonly programSecrets: readonly string[];
}): string[] {
  const { config, externalSecrets, programSecrets } = worker;
  const others = config.bindings.map(({ name }) => name);
  return [
    ...Object.keys(config.vars),
    ...config.requiredSecrets,
    ...programSecrets,
    ...others,
    ...externalSecrets,
  ];
}

/** The other Workers that a Worker's bindings name, as its wrangler file calls them. */
export function boundScripts(worker: Pick<WorkerConfig, "bindings" | "tailConsumers">): string[] {
  const names = worker.bindings.flatMap((binding) => {
    if (binding.type === "service") return [binding.service];
    if (binding.type === "durable_object_namespace" || binding.type === "workflow")
      return binding.scriptName === undefined ? [] : [binding.scriptName];
    if (binding.type === "dispatch_namespace")
      return binding.outbound === undefined ? [] : [binding.outbound.service];
    return [];
  });
  return [...new Set([...names, ...worker.tailConsumers.map(({ service }) => service)])];
}

function script(name: string | undefined, scriptOf: BindingInputs["scriptOf"]) {
  return name === undefined ? {} : { scriptName: scriptOf(name) };
}

function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

function list<K extends string>(key: K, value: readonly string[] | undefined): { [P in K]?: string[] } {
  return (value === undefined ? {} : { [key]: [...value] }) as { [P in K]?: string[] };
}

function nameOf({ name }: ScriptBinding): string {
  // Names come from the file or config, never from an output.
  return String(name);
}

/** The order of the bytes, which is what the provider sorts by; for the ASCII of identifiers the same as `<`. */
function byteOrder(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
