import { copyFile, link, mkdir, readdir, realpath, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DeclaredWorker } from "../declared-worker.ts";
import type { AssetUpload } from "../script-args.ts";
import type { AssetFolder } from "./list.ts";
import type { AssetVersion } from "./version.ts";

/** The assets of a Worker as the provider is to upload them; `undefined` for a Worker without any. */
export async function stageWorkerAssets(
  { name, config }: Pick<DeclaredWorker, "name" | "config">,
  stack: string,
  version: AssetVersion | undefined,
): Promise<AssetUpload | undefined> {
  if (version === undefined || config.assets === undefined) return undefined;
  const target = join(config.directory, ".wrangler", "worker-secrets", stack, name);
  const directory = await stagedAssets(version.folder, { source: config.assets.directory, target });
  return { version, directory };
}

/**
 * The folder to hand to the provider. Its plugin uploads whatever is in a folder: it does not know `.assetsignore`, takes
 * `_headers` and `_redirects` for files, and fails at links (terraform-provider-cloudflare 5.22, `getAssetManifest`). So
 * where wrangler would upload anything else, exactly that is laid out in a folder beside wrangler's own temporary files,
 * whose path is the same on every machine. Otherwise it is the folder itself.
 */
export async function stagedAssets(
  folder: AssetFolder,
  { source, target }: { readonly source: string; readonly target: string },
): Promise<string> {
  if (!folder.differs) return source;
  await mkdir(target, { recursive: true, mode: 0o700 });
  const wanted = new Map(folder.files.map(({ path, file }) => [path, file]));
  await clear(target, "", wanted);
  for (const [path, file] of wanted) await place(file, join(target, path));
  return target;
}

/** Removes what is no longer wanted, and whatever is a folder in the place of a file. */
async function clear(target: string, folder: string, wanted: ReadonlyMap<string, string>): Promise<void> {
  for (const entry of await readdir(join(target, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !wanted.has(path)) await clear(target, path, wanted);
    else if (entry.isDirectory() || !wanted.has(path)) await rm(join(target, path), { recursive: true });
  }
}

/** A second name of the same file where the disk allows it: nothing is read. */
async function place(file: string, at: string): Promise<void> {
  const [from, there] = await Promise.all([stat(file), stat(at).catch(() => undefined)]);
  if (there !== undefined && there.ino === from.ino && there.dev === from.dev) return;
  await rm(at, { force: true, recursive: true });
  await mkdir(dirname(at), { recursive: true });
  const whole = await realpath(file);
  try {
    await link(whole, at);
  } catch (error) {
    // Another run beside this one was faster.
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    await copyFile(whole, at);
  }
}
