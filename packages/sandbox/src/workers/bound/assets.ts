import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { RuntimeAssets } from "../runtime.ts";

/**
 * Lays a version's files out in a folder of its own, which is what miniflare serves from. A version never changes, so
 * a folder that is there is whole: it gets its name last.
 */
export function layOut(root: string, name: string, assets: RuntimeAssets): string {
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  const draft = join(root, `draft-${randomUUID()}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const { _headers, _redirects } = assets.config;
  // Cloudflare serves a file of such a name; miniflare would take it for settings, and hide what it excludes.
  for (const [path, { hash }] of assets.files)
    if (!SETTINGS.includes(path)) write(draft, path, assets.read(hash));
  if (_headers !== undefined) write(draft, "_headers", Buffer.from(_headers));
  if (_redirects !== undefined) write(draft, "_redirects", Buffer.from(_redirects));
  renameSync(draft, folder);
  return folder;
}

/** Names that miniflare reads as settings of the folder. */
const SETTINGS: readonly string[] = ["/.assetsignore", "/_headers", "/_redirects"];

/** Folders of versions that no longer run, and what a killed sandbox left half made. */
export function clearAssets(root: string, used: ReadonlySet<string>): void {
  for (const name of readdirSync(root)) {
    if (!used.has(name)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Rooted first, so that no path leads out. */
function write(folder: string, path: string, bytes: Uint8Array): void {
  const file = join(folder, normalize(`/${path}`));
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, bytes, { mode: 0o600 });
}
