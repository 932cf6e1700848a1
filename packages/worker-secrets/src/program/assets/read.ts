import { join, relative } from "node:path";
import type { WorkerConfig } from "../../compile/wrangler/worker-config.ts";
import { type Fault, FaultsError, nameSome, refuseIfAny } from "../../faults.ts";
import { mapBounded } from "../bounded.ts";
import type { DeclaredWorker } from "../declared-worker.ts";
import { AssetFault, type AssetFolder, listAssets } from "./list.ts";
import { privatePaths } from "./private-files.ts";
import { type AssetVersion, hashAssets } from "./version.ts";

/** The largest file that is taken. API error 10026; wrangler 4.164, `MAX_ASSET_SIZE`. */
const MAX_BYTES = 25 * 1024 * 1024;
/** Folders read at a time. */
const AT_ONCE = 4;
/** Files that one message names. */
const MOST_NAMED = 10;

/** Every Worker's static assets; `undefined` for a Worker without any. */
export type Assets = ReadonlyMap<DeclaredWorker, AssetVersion | undefined>;

/** Reads the assets of all Workers. Throws one `FaultsError` for everything that must not be uploaded. */
export function readAssets(workers: readonly DeclaredWorker[]): Promise<Assets> {
  return mapBounded(workers, AT_ONCE, readWorkerAssets);
}

async function readWorkerAssets(worker: DeclaredWorker): Promise<AssetVersion | undefined> {
  const folder = await listed(worker);
  if (folder === undefined) return undefined;
  refuseIfAny(assetFaults(worker, folder));
  return hashAssets(folder);
}

/** The folder of a Worker's assets; what can't be read in it is a fault. */
export async function listed({ config }: Pick<DeclaredWorker, "config">): Promise<AssetFolder | undefined> {
  if (config.assets === undefined) return undefined;
  try {
    return await listAssets(config.assets.directory);
  } catch (error) {
    if (!(error instanceof AssetFault)) throw error;
    throw new FaultsError([{ where: shown(config, error.path), what: error.message, fix: error.fix }]);
  }
}

/** What must not be uploaded, by name and size alone. Pure. */
export function assetFaults(
  { config, privateFiles }: Pick<DeclaredWorker, "config" | "privateFiles">,
  { files, ignore }: AssetFolder,
): Fault[] {
  const faults: Fault[] = [];
  const secret = privatePaths(files, privateFiles);
  if (secret.length > 0) {
    faults.push({
      where: config.whereIs(["assets", "directory"]),
      what: `everybody could read ${nameSome(
        secret.map((path) => shown(config, path)),
        MOST_NAMED,
      )}: a name that stands for secrets, among the static assets`,
      fix: `Exclude ${secret.length === 1 ? "it" : "them"} by a line in ${shown(config, ".assetsignore")}, or point 'assets.directory' at a folder of what is public alone. If one is public: privateFiles: ["!NAME"] in the Worker's entry of 'workers'.`,
    });
  }
  const large = files.filter(({ size }) => size > MAX_BYTES);
  if (large.length > 0) {
    faults.push({
      where: config.whereIs(["assets", "directory"]),
      what: `${nameSome(
        large.map(({ path }) => shown(config, path)),
        MOST_NAMED,
      )}: larger than 25 MiB, which Cloudflare does not take`,
      fix: `Serve ${large.length === 1 ? "it" : "them"} from R2, or exclude by a line in ${shown(config, ".assetsignore")}.`,
    });
  }
  // wrangler refuses it as well, unless there is an `.assetsignore`.
  if (
    ignore === undefined &&
    files.some(({ path }) => path === "_worker.js" || path.startsWith("_worker.js/"))
  ) {
    faults.push({
      where: shown(config, "_worker.js"),
      what: "it is the code of a Pages project, and everybody could read it as a static asset",
      fix: `Remove it, or list it in ${shown(config, ".assetsignore")} (an empty file there uploads it as it is).`,
    });
  }
  return faults;
}

/** A file of the assets as messages show it: relative to the project's folder, as the wrangler file is. */
function shown({ file, directory, assets }: WorkerConfig, path: string): string {
  return join(file, "..", relative(directory, assets?.directory ?? directory), path);
}
