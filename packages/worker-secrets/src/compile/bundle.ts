import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { type BuildOptions, type BuildResult, build, type Message } from "esbuild";
import { type Fault, refuseIfAny } from "../faults.ts";
import { startedApart } from "./apart.ts";
import { aliases } from "./wrangler/aliases.ts";
import { collectModules, type ModuleFile } from "./wrangler/module-rules.ts";
import { isNodeBuiltin, nodeBuiltins } from "./wrangler/node-builtins.ts";
import type { WorkerConfig } from "./wrangler/worker-config.ts";

/** A Worker's code as the modules of an upload. */
export interface Bundle {
  /** The main module, an ES module. */
  readonly content: string;
  /** Name of the main module in the upload. */
  readonly mainModule: string;
  /** The other modules, by name. */
  readonly files: readonly ModuleFile[];
  /** Names that the main module exports: `default`, and the classes of Durable Objects, Workflows and entrypoints. */
  readonly exports: readonly string[];
  /** Over all modules: the same sources and the same esbuild give the same hash on every machine. */
  readonly sha256: string;
}

export const MAIN_MODULE = "worker.js";

/**
 * Bundles the Worker's entry before the engine sees anything, so that a syntax error stops the preview. `undefined` for
 * a Worker of assets alone. Throws a `FaultsError` for what is wrong with the code.
 */
export async function bundleWorker(worker: WorkerConfig): Promise<Bundle | undefined> {
  return (await bundleWithSources(worker))?.bundle;
}

/** The same, and the absolute paths of all files that it was made of; `undefined` for them where that can't be told. */
export async function bundleWithSources(
  worker: WorkerConfig,
): Promise<{ readonly bundle: Bundle; readonly sources: readonly string[] | undefined } | undefined> {
  if (worker.main === undefined) return undefined;
  const { content, exports, files, sources } = worker.bundling.noBundle
    ? await takeAsItIs(worker, worker.main)
    : await bundled(worker, worker.main);
  if (!exports.includes("default")) {
    refuseIfAny([
      {
        where: shown(worker, worker.main),
        what: "the module has no default export, so the Worker would have no event handler (10068)",
        fix: "Export one: export default { async fetch(request, env) { … } }",
      },
    ]);
  }
  const sha256 = hashOf(content, files);
  return { bundle: { content, mainModule: MAIN_MODULE, files, exports, sha256 }, sources };
}

type Code = Pick<Bundle, "content" | "exports" | "files"> & {
  readonly sources: readonly string[] | undefined;
};

/**
 * Options as wrangler's, but for two: paths in the output are relative to the Worker's folder, else the hash would
 * differ from machine to machine; and nothing is polyfilled (see `nodeBuiltins`).
 */
function options(worker: WorkerConfig, main: string): BuildOptions & { metafile: true } {
  return {
    entryPoints: [main],
    absWorkingDir: worker.directory,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    // Newer than the target, and known to the runtime.
    supported: { "import-source": true, using: true },
    loader: { ".js": "jsx", ".mjs": "jsx", ".cjs": "jsx" },
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    legalComments: "none",
    write: false,
    metafile: true,
    logLevel: "silent",
    outfile: MAIN_MODULE,
  };
}

async function bundled(worker: WorkerConfig, main: string): Promise<Code> {
  const { bundling } = worker;
  const modules = collectModules(bundling.rules, worker.directory);
  const nodeEnv = JSON.stringify("production");
  const result = await run(worker, main, {
    ...options(worker, main),
    external: ["cloudflare:*", "node:*"],
    // Packages choose their code by it. wrangler takes it from the shell; a stack's code must not depend on that.
    define: {
      "process.env.NODE_ENV": nodeEnv,
      "global.process.env.NODE_ENV": nodeEnv,
      "globalThis.process.env.NODE_ENV": nodeEnv,
      ...bundling.define,
    },
    minify: bundling.minify,
    keepNames: bundling.keepNames,
    sourcemap: bundling.sourceMaps ? "linked" : false,
    ...(bundling.tsconfig !== undefined && { tsconfig: bundling.tsconfig }),
    ...(bundling.jsxFactory !== undefined && { jsxFactory: bundling.jsxFactory }),
    ...(bundling.jsxFragment !== undefined && { jsxFragment: bundling.jsxFragment }),
    plugins: [
      aliases(bundling.alias, worker.directory),
      modules.plugin,
      nodeBuiltins(worker.compatibilityFlags),
    ],
  });
  const outputs = result.outputFiles ?? [];
  const maps = outputs
    .filter(({ path }) => path.endsWith(".map"))
    .map(
      ({ contents }): ModuleFile => ({
        name: `${MAIN_MODULE}.map`,
        contentType: "application/source-map",
        bytes: contents,
      }),
    );
  const content = outputs.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  return {
    content,
    exports: exportsOf(result),
    files: [...modules.files(), ...maps],
    sources: sourcesOf(result, worker.directory, modules.sources()),
  };
}

/** `no_bundle`: one module, uploaded as it is. It is parsed all the same, for its exports and its imports. */
async function takeAsItIs(worker: WorkerConfig, main: string): Promise<Code> {
  const imported: { path: string; where: string }[] = [];
  const result = await run(worker, main, {
    ...options(worker, main),
    plugins: [
      {
        name: "leave-imports",
        setup: (setup) => {
          setup.onResolve({ filter: /.*/ }, ({ kind, path, importer }) => {
            if (kind === "entry-point") return undefined;
            imported.push({ path, where: shown(worker, importer) });
            return { path, external: true };
          });
        },
      },
    ],
  });
  const faults: Fault[] = imported
    .filter(({ path }) => !/^(cloudflare|node|workerd):/.test(path))
    .map(({ path, where }) => ({
      where,
      what: `it imports '${path}', but with 'no_bundle' the entry is the only module that is uploaded`,
      fix: "Take 'no_bundle' out, or point 'main' at a module that has everything in it.",
    }));
  if (![".js", ".mjs"].includes(extname(main))) {
    faults.push({
      where: shown(worker, main),
      what: "with 'no_bundle' the entry has to be JavaScript, because it is uploaded as it is",
      fix: "Take 'no_bundle' out, or point 'main' at the built module.",
    });
  }
  refuseIfAny(faults);
  const content = await readFile(main, "utf8");
  return { content, exports: exportsOf(result), files: [], sources: [main] };
}

async function run(
  worker: WorkerConfig,
  main: string,
  all: BuildOptions & { metafile: true },
): Promise<BuildResult<{ metafile: true }>> {
  try {
    return await startedApart(() => build(all));
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    refuseIfAny(error.errors.map((message) => faultOf(message, worker, main)));
    throw error;
  }
}

function faultOf({ text, location }: Message, worker: WorkerConfig, main: string): Fault {
  const where =
    location === null
      ? shown(worker, main)
      : `${join(dirname(worker.file), location.file)}:${location.line}:${location.column + 1}`;
  const unresolved = /^Could not resolve "(.*)"/.exec(text)?.[1];
  const fix =
    unresolved !== undefined && isNodeBuiltin(unresolved)
      ? `It is a module of Node.js: add "nodejs_compat" to 'compatibility_flags' in ${worker.file}.`
      : "Fix the Worker's code.";
  return { where, what: text, fix };
}

/** A file of the Worker as messages show it: relative to the project's folder, as the wrangler file is. */
function shown(worker: WorkerConfig, file: string): string {
  return file.startsWith(worker.directory)
    ? join(dirname(worker.file), file.slice(worker.directory.length))
    : file;
}

/** What esbuild read: files relative to the folder; those of our own plugins have a prefix and are in `others`. */
function sourcesOf(
  { metafile }: BuildResult<{ metafile: true }>,
  directory: string,
  others: readonly string[],
): string[] | undefined {
  const inputs = Object.keys(metafile.inputs).filter((name) => !/^(text|data|node-require):/.test(name));
  if (inputs.some((name) => /^[<(]|^[\w-]{2,}:/.test(name))) return undefined;
  return [...inputs.map((name) => resolve(directory, name)), ...others];
}

function exportsOf(result: BuildResult<{ metafile: true }>): string[] {
  const outputs = Object.values(result.metafile.outputs);
  return [...(outputs.find(({ entryPoint }) => entryPoint !== undefined)?.exports ?? [])].sort();
}

/** The hash over all modules. Each part goes in with its length, so that no two different uploads have the same bytes. */
export function hashOf(content: string, files: readonly ModuleFile[]): string {
  const hash = createHash("sha256");
  const parts = [
    MAIN_MODULE,
    content,
    ...files.flatMap(({ name, contentType, bytes }) => [name, contentType, bytes]),
  ];
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest("hex");
}

function isBuildFailure(error: unknown): error is { errors: Message[] } {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
