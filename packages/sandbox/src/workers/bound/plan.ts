import type {
  DurableObjectClass,
  LiveScript,
  LiveVersion,
  NamedHandlers,
  QueueConsumer,
  RunnableScript,
  RuntimeBinding,
} from "../runtime.ts";

/** What decides where a version runs, without its code or its secrets. */
export interface Traits {
  readonly bindings: readonly RuntimeBinding[];
  readonly durableObjects: readonly DurableObjectClass[];
  readonly hasAssets: boolean;
}

/** One version of a script among the bound Workers. */
export interface BoundWorker {
  readonly script: string;
  readonly version: string;
  /** Has the most traffic: service bindings, queues and crons go to it, and it holds the script's Durable Objects. */
  readonly isPrimary: boolean;
  readonly namedHandlers: readonly NamedHandlers[];
  readonly traits: Traits;
  /** Whether somebody follows it live. */
  readonly tailed: boolean;
}

/** Stores that are reached without a Worker binding them. */
export interface KnownStores {
  readonly kv: ReadonlySet<string>;
  readonly d1: ReadonlySet<string>;
  readonly r2: ReadonlySet<string>;
}

export interface BoundPlan {
  readonly workers: readonly BoundWorker[];
  readonly consumers: readonly QueueConsumer[];
  readonly stores: KnownStores;
  /** Two plans with the same one run the same. */
  readonly fingerprint: string;
}

export function traitsOf({ bindings, durableObjects, assets }: RunnableScript): Traits {
  return { bindings, durableObjects, hasAssets: assets !== undefined };
}

export function needsBound(traits: Traits): boolean {
  return traits.bindings.length > 0 || traits.durableObjects.length > 0 || traits.hasAssets;
}

export function primaryOf(versions: readonly LiveVersion[]): LiveVersion | undefined {
  return versions.reduce<LiveVersion | undefined>(
    (most, one) => (most === undefined || one.percentage > most.percentage ? one : most),
    undefined,
  );
}

/**
 * Which versions run bound: those that need it, the consumers of queues, and whatever these refer to. A script that is
 * only referred to answers its own requests among the light ones all the same.
 */
export function planBound(
  scripts: ReadonlyMap<string, LiveScript>,
  traits: (script: string, version: string) => Traits,
  consumers: readonly QueueConsumer[],
  stores: KnownStores,
  tailed: (script: string) => boolean = () => false,
): BoundPlan {
  const workers = new Map<string, BoundWorker>();
  const waiting: string[] = [];
  const add = (script: string, only: "bound" | "primary") => {
    const versions = scripts.get(script)?.versions ?? [];
    const primary = primaryOf(versions);
    for (const version of versions) {
      const found = traits(script, version.id);
      const isPrimary = version === primary;
      if (only === "bound" ? !needsBound(found) : !isPrimary) continue;
      const key = `${script}/${version.id}`;
      if (workers.has(key)) continue;
      const { id, namedHandlers } = version;
      workers.set(key, {
        script,
        version: id,
        isPrimary,
        namedHandlers,
        traits: found,
        tailed: tailed(script),
      });
      // Durable Objects live in the primary version, whichever asks for them.
      waiting.push(script, ...found.bindings.flatMap(referred));
    }
  };
  for (const script of scripts.keys()) add(script, "bound");
  for (const { script } of consumers) waiting.push(script);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) add(next, "primary");
  const sorted = [...workers.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const served = consumers.filter(({ script }) => sorted.some((one) => one.script === script));
  return {
    workers: sorted,
    consumers: served,
    stores,
    fingerprint: JSON.stringify([
      sorted.map((one) => [
        nameOf(one),
        one.version,
        one.traits.durableObjects,
        workflowsOf(one.traits),
        one.tailed,
      ]),
      served,
      [...stores.kv].sort(),
      [...stores.d1].sort(),
      [...stores.r2].sort(),
    ]),
  };
}

/** Of all bindings these alone can change while the version stays. */
function workflowsOf({ bindings }: Traits): readonly RuntimeBinding[] {
  return bindings.filter(({ type }) => type === "workflow");
}

/** miniflare's name for it. The script's own stands for the primary version, whichever that is. */
export function nameOf({ script, version, isPrimary }: BoundWorker): string {
  return isPrimary ? script : `${script}@${version}`;
}

function referred(binding: RuntimeBinding): readonly string[] {
  if (binding.type === "service") return [binding.service];
  if (binding.type === "workflow") return binding.target === undefined ? [] : [binding.target.scriptName];
  if (binding.type === "durable_object_namespace")
    return binding.scriptName === undefined ? [] : [binding.scriptName];
  return [];
}
