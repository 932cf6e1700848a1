import type { Bundle } from "../compile/bundle.ts";
import type { Assets } from "./assets/read.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { scriptSettings } from "./script-args.ts";
import type { SecretValues, WorkerValues } from "./values.ts";

/** What Workers are deployed with: their code, static assets and values. */
export interface Uploads {
  readonly bundles: ReadonlyMap<DeclaredWorker, Bundle | undefined>;
  readonly assets: Assets;
  readonly values: WorkerValues;
}

/**
 * Everything that one upload holds but its migrations, as a text to take the keyed fingerprint of. It is the same on every machine:
 * code and static assets count by their hashes, and no path of the checkout is in it. Ids that other resources get in the same run
 * are not in it either, only where they come from. `secrets`: all of the Worker's, by name in order.
 */
export function uploadText(
  worker: DeclaredWorker,
  { bundles, assets }: Pick<Uploads, "bundles" | "assets">,
  secrets: SecretValues,
): string {
  const { config, resources, externalSecrets, scriptName } = worker;
  const bundle = bundles.get(worker);
  const { content: _, files: __, assets: served, ...settings } = scriptSettings(config, bundle);
  return JSON.stringify([
    bundle?.sha256,
    assets.get(worker)?.hash,
    settings,
    served === undefined ? null : Object(served).config,
    config.bindings,
    config.vars,
    config.tailConsumers,
    [...secrets],
    [...resources],
    externalSecrets,
    scriptName,
  ]);
}
