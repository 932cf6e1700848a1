import { createHash } from "node:crypto";
import { readFile, stat, utimes } from "node:fs/promises";
import { join, relative } from "node:path";
import * as v from "valibot";
import { privateFolder } from "../preload/private-folder.mjs";
import type { Bundle, ModuleFile } from "./bundle.ts";
import { Disk, isOfOnePlace } from "./evidence.ts";
import { keepRecord } from "./records.ts";
import type { Wrangler } from "./run/find-wrangler.ts";
import type { WorkerConfig } from "./wrangler/worker-config.ts";

/** Part of every key: another layout of the records, or another meaning, is another number. */
const LAYOUT = 2;
/** Beyond so many records, those that nobody has used for a month go. */
const MANY = 200;

const record = v.object({
  /** The Worker's folder, where the evidence is of this one place; else any checkout of the same files may take it. */
  place: v.optional(v.string()),
  evidence: v.record(v.string(), v.nullable(v.string())),
  bundle: v.object({
    content: v.string(),
    mainModule: v.string(),
    exports: v.array(v.string()),
    compiledBy: v.string(),
    sha256: v.string(),
    files: v.array(v.object({ name: v.string(), contentType: v.string(), base64: v.string() })),
  }),
});

/** What decides beside files how a Worker is compiled. */
export interface Compilation {
  readonly wrangler: Wrangler;
  /** Absolute path of the Worker's folder. */
  readonly directory: string;
  /** Absolute path of the folder that the checkout begins with. */
  readonly workspace: string;
  /** wrangler's arguments. */
  readonly args: readonly string[];
  /** What a build command gets; only a hash of them is kept. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute paths whose content is part of the key, so that two branches of a checkout do not replace each other's record. */
  readonly files: readonly string[];
}

/** How Workers of one run are compiled. */
export interface CompileContext {
  readonly cache: CompileCache;
  /** What a build command gets beside PATH and the like. */
  readonly variables: Readonly<Record<string, string>>;
  /** Nobody wants the result any more. */
  readonly signal?: AbortSignal | undefined;
  /** Gets each warning of wrangler's, with its place. */
  readonly onWarning: ((warning: { readonly where: string; readonly text: string }) => void) | undefined;
}

/** Whether a Worker may be kept at all: what a build command or a build tool reads is not known. */
export function isKept({ hasBuild, redirected }: Pick<WorkerConfig, "hasBuild" | "redirected">): boolean {
  return !hasBuild && !redirected;
}

/**
 * Workers as they were compiled before, in a folder of this user's alone. A record is taken only where everything that it was made of is
 * as it was: then wrangler is not started. Code only; no value of a secret comes near it.
 */
export class CompileCache {
  readonly #folder = privateFolder("workers");
  readonly #disk = new Disk();

  async get(compilation: Compilation): Promise<Bundle | undefined> {
    if (this.#folder === undefined) return undefined;
    const path = join(this.#folder, await this.#keyOf(compilation));
    try {
      const found = v.parse(record, JSON.parse(await readFile(path, "utf8")));
      if (found.place !== undefined && found.place !== compilation.directory) return undefined;
      if (!(await this.#disk.isAs(found.evidence, compilation.workspace))) return undefined;
      const now = new Date();
      await utimes(path, now, now);
      const files = found.bundle.files.map(
        ({ base64, ...file }): ModuleFile => ({ ...file, bytes: Buffer.from(base64, "base64") }),
      );
      return { ...found.bundle, files };
    } catch {
      return undefined; // not there, or not whole
    }
  }

  /**
   * Keeps a Worker that was compiled just now out of `paths`. What can't be kept is compiled again next time.
   *
   * @param since - when wrangler was started, in milliseconds: a path that has changed since may not be what wrangler read
   */
  async put(
    compilation: Compilation,
    {
      bundle,
      paths,
      since,
    }: { readonly bundle: Bundle; readonly paths: ReadonlySet<string>; readonly since: number },
  ): Promise<void> {
    if (this.#folder === undefined || bundle.exports === undefined || bundle.compiledBy === undefined) return;
    // Read again, whatever this run has read of them before.
    const evidence = await new Disk().evidence(paths, compilation.workspace);
    if (await changedSince(paths, since)) return;
    const files = bundle.files.map(({ bytes, ...file }) => ({
      ...file,
      base64: Buffer.from(bytes).toString("base64"),
    }));
    const text = JSON.stringify({
      ...(isOfOnePlace(evidence) ? { place: compilation.directory } : {}),
      evidence,
      bundle: { ...bundle, exports: [...bundle.exports], compiledBy: bundle.compiledBy, files },
    } satisfies v.InferInput<typeof record>);
    await keepRecord(this.#folder, await this.#keyOf(compilation), text, MANY);
  }

  async #keyOf({ wrangler, directory, workspace, args, variables, files }: Compilation): Promise<string> {
    const parts = [
      LAYOUT,
      wrangler.version,
      wrangler.esbuild,
      relative(workspace, directory),
      args,
      variables,
    ];
    const contents = await Promise.all(files.map((file) => this.#disk.state(file, workspace)));
    return createHash("sha256")
      .update(JSON.stringify([...parts, contents]))
      .digest("hex")
      .slice(0, 32);
  }
}

/** By the time of the last change that the file system keeps itself; nothing can set it back. */
async function changedSince(paths: ReadonlySet<string>, since: number): Promise<boolean> {
  const times = await Promise.all(
    [...paths].map((path) =>
      stat(path).then(
        ({ ctimeMs }) => ctimeMs,
        () => 0,
      ),
    ),
  );
  return times.some((time) => time >= since);
}
