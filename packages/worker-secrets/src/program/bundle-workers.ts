import type { Bundle } from "../compile/bundle.ts";
import { BundleCache } from "../compile/bundle-cache.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import { type Fault, refuseIfAny } from "../faults.ts";
import { mapBounded } from "./bounded.ts";
import type { DeclaredWorker } from "./declared-worker.ts";

/** Bundles made at a time. */
const AT_ONCE = 8;

/**
 * Bundles every Worker, several at a time; the faults of all of them come in one message. What was bundled before out of
 * the same files is taken as it is.
 */
export function bundleWorkers(
  workers: readonly DeclaredWorker[],
): Promise<ReadonlyMap<DeclaredWorker, Bundle | undefined>> {
  const cache = new BundleCache();
  return mapBounded(workers, AT_ONCE, async (worker) => {
    const bundle = await bundleOrTake(worker.config, cache);
    if (bundle !== undefined) refuseIfAny(missingClasses(worker, bundle));
    return bundle;
  });
}

async function bundleOrTake(config: WorkerConfig, cache: BundleCache): Promise<Bundle | undefined> {
  if (config.main === undefined) return undefined;
  const known = await cache.get(config);
  if (known !== undefined) return known;
  const { bundleWithSources } = await import("../compile/bundle.ts");
  const made = await bundleWithSources(config);
  if (made?.sources !== undefined) await cache.put(config, made.bundle, made.sources);
  return made?.bundle;
}

/** The classes that bindings name have to be exported: the API would refuse the upload (10021, 10070). */
function missingClasses({ config }: DeclaredWorker, bundle: Bundle): Fault[] {
  return config.bindings.flatMap((binding) => {
    if (binding.type !== "durable_object_namespace" && binding.type !== "workflow") return [];
    if (binding.scriptName !== undefined || bundle.exports.includes(binding.className)) return [];
    return [
      {
        where: config.file,
        what: `the binding '${binding.name}' names the class '${binding.className}', which the code does not export (it exports ${bundle.exports.join(", ")})`,
        fix: `Export it from the entry module: export class ${binding.className} …`,
      },
    ];
  });
}
