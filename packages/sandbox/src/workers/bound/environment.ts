import type { Json } from "../../store/store.ts";
import type { MiniflareWorkers } from "../miniflare.ts";
import type { RuntimeBinding } from "../runtime.ts";
import { type BoundPlan, type BoundWorker, nameOf } from "./plan.ts";
import { ROUTER_NAME } from "./router.ts";

export type Environment = NonNullable<MiniflareWorkers[number]["config"]["env"]>;
export type Binding = Environment[string];

/** What a bound version finds in `env`, in miniflare's terms. */
export function environmentOf(
  plan: BoundPlan,
  worker: BoundWorker,
  values: Readonly<Record<string, Json>>,
): Environment {
  return Object.fromEntries([
    ...Object.entries(values).map(([name, value]): [string, Binding] => [
      name,
      typeof value === "string" ? { type: "text", value } : { type: "json", value: mutable(value) },
    ]),
    ...worker.traits.bindings.map((one): [string, Binding] => [one.name, bindingOf(plan, worker, one)]),
  ]);
}

function bindingOf(plan: BoundPlan, worker: BoundWorker, binding: RuntimeBinding): Binding {
  switch (binding.type) {
    case "kv_namespace":
      return { type: "kv", id: binding.namespaceId };
    case "d1":
      return { type: "d1", id: binding.databaseId };
    case "r2_bucket":
      return { type: "r2", name: binding.bucketName };
    case "queue":
      return own("QueueProducer", { queue: binding.queueName, delay: binding.deliveryDelay ?? 0 });
    case "secrets_store_secret":
      return own("StoreSecret", { id: secretId(worker, binding.name) });
    case "assets":
      return worker.traits.hasAssets ? { type: "assets" } : absent(binding, "the Worker has no assets");
    case "analytics_engine":
      return { type: "analytics-engine-dataset", name: binding.dataset ?? binding.name };
    case "ratelimit":
      return {
        type: "rate-limit",
        namespace: binding.namespaceId,
        simple: { limit: binding.limit, period: binding.period },
      };
    case "send_email":
      return {
        type: "send-email",
        ...(binding.destinationAddress === undefined
          ? {}
          : { destinationAddress: binding.destinationAddress }),
        ...(binding.allowedDestinationAddresses === undefined
          ? {}
          : { allowedDestinationAddresses: [...binding.allowedDestinationAddresses] }),
        ...(binding.allowedSenderAddresses === undefined
          ? {}
          : { allowedSenderAddresses: [...binding.allowedSenderAddresses] }),
      };
    case "worker_loader":
      return { type: "worker-loader" };
    case "service":
      return service(plan, binding);
    case "durable_object_namespace":
      return durableObject(plan, worker, binding);
    case "workflow": {
      const { workflowName, target } = binding;
      if (target === undefined) return absent(binding, `no Workflow '${workflowName}' is registered`);
      const { scriptName, className, maxSteps } = target;
      const owner = primary(plan, scriptName);
      if (owner === undefined || !exportsClass(owner, className))
        return absent(binding, `no deployed Worker '${scriptName}' exports its class '${className}'`);
      return {
        type: "workflow",
        name: workflowName,
        worker: nameOf(owner),
        exportName: className,
        ...(maxSteps === undefined ? {} : { unsafeConfig: { limits: { steps: maxSteps } } }),
      };
    }
    case "unavailable":
      return absent(binding, `nothing on this machine can do the work of a ${binding.kind} binding`);
  }
}

function service(plan: BoundPlan, binding: RuntimeBinding & { readonly type: "service" }): Binding {
  const target = primary(plan, binding.service);
  if (target === undefined) return absent(binding, `the Worker '${binding.service}' is not deployed`);
  const { entrypoint } = binding;
  if (entrypoint === undefined || entrypoint === "default") return { type: "worker", worker: nameOf(target) };
  if (!target.namedHandlers.some(({ name }) => name === entrypoint)) {
    return absent(binding, `the Worker '${binding.service}' exports no entrypoint '${entrypoint}'`);
  }
  return { type: "worker", worker: nameOf(target), exportName: entrypoint };
}

function durableObject(
  plan: BoundPlan,
  worker: BoundWorker,
  binding: RuntimeBinding & { readonly type: "durable_object_namespace" },
): Binding {
  const script = binding.scriptName ?? worker.script;
  const owner = primary(plan, script);
  if (owner === undefined) return absent(binding, `the Worker '${script}' is not deployed`);
  const known = owner.traits.durableObjects.some(({ className }) => className === binding.className);
  if (!known || !exportsClass(owner, binding.className)) {
    return absent(
      binding,
      `the Worker '${script}' has no Durable Object class '${binding.className}' (its migrations make them)`,
    );
  }
  return { type: "durable-object", worker: nameOf(owner), exportName: binding.className };
}

function primary(plan: BoundPlan, script: string): BoundWorker | undefined {
  return plan.workers.find((one) => one.script === script && one.isPrimary);
}

export function exportsClass({ namedHandlers }: BoundWorker, className: string): boolean {
  return namedHandlers.some(({ name, handlers }) => name === className && handlers.includes("class"));
}

/** Under which a Worker's secret of a Secrets Store is asked for. */
export function secretId({ script, version }: BoundWorker, binding: string): string {
  return JSON.stringify([script, version, binding]);
}

function own(exportName: string, props: Record<string, unknown>): Binding {
  return { type: "worker", worker: ROUTER_NAME, exportName, props };
}

function absent({ name, type }: RuntimeBinding, why: string): Binding {
  return own("Absent", {
    message: `The binding '${name}'${type === "unavailable" ? "" : ` (${type})`} does not work in the sandbox: ${why}.`,
  });
}

type Mutable = string | number | boolean | null | Mutable[] | { [key: string]: Mutable };

/** miniflare asks for JSON that it might change. */
function mutable(value: Json): Mutable {
  return JSON.parse(JSON.stringify(value)) as Mutable;
}
