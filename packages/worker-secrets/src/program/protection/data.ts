import type { DeclaredWorker } from "../declared-worker.ts";
import { RESOURCE_TYPES, type ResourceSource } from "../worker-entries.ts";

/** What holds data that no upload brings back, by the type of the binding to it. */
export type DataKind = "kv_namespace" | "d1" | "r2_bucket" | "queue" | "workflow";

export interface DataName {
  readonly kind: DataKind;
  /** Its name in the account. */
  readonly name: string;
}

/** The words for each kind. */
export const DATA_WORDS: Readonly<Record<DataKind, string>> = {
  kv_namespace: "KV namespace",
  d1: "D1 database",
  r2_bucket: "R2 bucket",
  queue: "queue",
  workflow: "workflow",
};

/** Name of the resource that a binding with `declare: true` stands for. */
export function declaredName(
  scriptName: string,
  binding: string,
  source: Extract<ResourceSource, { from: "declare" }>,
): string {
  return source.name ?? `${scriptName}-${binding.toLowerCase().replaceAll("_", "-")}`;
}

/** Everything with data that the stack declares for a Worker. Resources that are only referred to by id are not its own. */
export function declaredData({
  config,
  resources,
  scriptName,
}: Pick<DeclaredWorker, "config" | "resources" | "scriptName">): DataName[] {
  return config.bindings.flatMap((binding): DataName[] => {
    if (binding.type === "workflow")
      return binding.scriptName === undefined ? [{ kind: "workflow", name: binding.workflowName }] : [];
    const source = resources.get(binding.name);
    if (source?.from !== "declare" || !RESOURCE_TYPES.includes(binding.type)) return [];
    return [{ kind: binding.type as DataKind, name: declaredName(scriptName, binding.name, source) }];
  });
}

/** The Durable Object classes whose objects live in a Worker's own script. */
export function ownClasses({ config }: Pick<DeclaredWorker, "config">): string[] {
  const classes = config.bindings.flatMap((binding) =>
    binding.type === "durable_object_namespace" && binding.scriptName === undefined
      ? [binding.className]
      : [],
  );
  return [...new Set(classes)].sort();
}
