import { type Bundle, bundleWorker } from "./bundle.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { type Fault, FaultsError, refuseIfAny } from "./faults.ts";

/** Gives every Worker's code; `undefined` for a Worker of assets alone. */
export type BundleWorkers = (
  workers: readonly DeclaredWorker[],
) => Promise<ReadonlyMap<DeclaredWorker, Bundle | undefined>>;

/** Bundles every Worker side by side; the faults of all of them come in one message. */
export async function bundleWorkers(
  workers: readonly DeclaredWorker[],
): Promise<ReadonlyMap<DeclaredWorker, Bundle | undefined>> {
  const results = await Promise.allSettled(workers.map(({ config }) => bundleWorker(config)));
  const faults: Fault[] = [];
  const bundles = new Map<DeclaredWorker, Bundle | undefined>();
  workers.forEach((worker, index) => {
    const result = results[index];
    if (result?.status === "fulfilled") bundles.set(worker, result.value);
    else if (result?.reason instanceof FaultsError) faults.push(...result.reason.faults);
    else throw result?.reason;
    const bundle = bundles.get(worker);
    if (bundle !== undefined) faults.push(...missingClasses(worker, bundle));
  });
  refuseIfAny(faults);
  return bundles;
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
