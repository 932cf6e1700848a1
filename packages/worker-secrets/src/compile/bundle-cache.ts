import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import { privateFolder } from "../preload/private-folder.mjs";
import type { Bundle } from "./bundle.ts";
import { Disk, dependencies } from "./bundle-sources.ts";
import type { WorkerConfig } from "./wrangler/worker-config.ts";

/** Part of every key: another layout of the records, or another meaning, is another number. */
const LAYOUT = 1;
/** Beyond so many records, those that nobody has used for a month go. */
const MANY = 200;
const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

const record = v.object({
  evidence: v.record(v.string(), v.nullable(v.string())),
  bundle: v.object({
    content: v.string(),
    mainModule: v.string(),
    exports: v.array(v.string()),
    sha256: v.string(),
    files: v.array(
      v.object({
        name: v.string(),
        contentType: v.picklist(["application/wasm", "application/source-map"]),
        base64: v.string(),
      }),
    ),
  }),
});

/**
 * Bundles as they were made before, in a folder of this user's alone. One is taken only where everything that it was made
 * of is as it was: then neither the bundler nor its module is loaded. Code only; no value of a secret comes near it.
 */
export class BundleCache {
  readonly #folder = privateFolder("bundles");
  readonly #disk = new Disk();

  async get(worker: WorkerConfig): Promise<Bundle | undefined> {
    if (this.#folder === undefined) return undefined;
    const path = join(this.#folder, keyOf(worker));
    try {
      const found = v.parse(record, JSON.parse(await readFile(path, "utf8")));
      if (!(await this.#disk.isAs(found.evidence))) return undefined;
      const now = new Date();
      await utimes(path, now, now);
      const files = found.bundle.files.map(({ base64, ...file }) => ({
        ...file,
        bytes: Buffer.from(base64, "base64"),
      }));
      return { ...found.bundle, files };
    } catch {
      return undefined; // not there, or not whole
    }
  }

  /** Keeps a bundle that was made just now. What can't be kept is made again next time. */
  async put(worker: WorkerConfig, bundle: Bundle, sources: readonly string[]): Promise<void> {
    if (this.#folder === undefined) return;
    const all = await dependencies(sources, worker.bundling.tsconfig);
    if (all === undefined) return;
    const files = bundle.files.map(({ bytes, ...file }) => ({
      ...file,
      base64: Buffer.from(bytes).toString("base64"),
    }));
    const text = JSON.stringify({
      evidence: await this.#disk.evidence(all),
      bundle: { ...bundle, exports: [...bundle.exports], files },
    } satisfies v.InferInput<typeof record>);
    const path = join(this.#folder, keyOf(worker));
    try {
      // Without fsync: a record that a power cut has damaged is no JSON, and counts as absent.
      await writeFileAtomic(path, text, { mode: 0o600, fsync: false });
      await tidy(this.#folder);
    } catch {
      // Not kept: the next run bundles again.
    }
  }
}

/** Everything beside files that decides what a bundle is. */
function keyOf({ directory, main, bundling, compatibilityFlags }: WorkerConfig): string {
  const { version } = createRequire(import.meta.url)("esbuild/package.json") as { version: string };
  const { NODE_PATH, ESBUILD_BINARY_PATH } = process.env;
  const parts = [
    LAYOUT,
    version,
    NODE_PATH,
    ESBUILD_BINARY_PATH,
    directory,
    main,
    bundling,
    compatibilityFlags,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

async function tidy(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= MANY) return;
  const old = Date.now() - MONTH_MS;
  await Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(join(folder, name));
      if (mtimeMs < old) await rm(join(folder, name), { force: true });
    }),
  );
}
