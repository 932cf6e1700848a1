import { availableParallelism } from "node:os";
import type { Bundle } from "../compile/bundle.ts";
import { CompileCache } from "../compile/compile-cache.ts";
import { compileWorker } from "../compile/compile-worker.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import { type Fault, refuseIfAny } from "../faults.ts";
import { mapBounded } from "./bounded.ts";
import type { DeclaredWorker } from "./declared-worker.ts";

/** wrangler is a process of its own, busy most of its time. */
const AT_ONCE = Math.max(2, availableParallelism());

/** A warning of wrangler's about one Worker. */
export interface CompileWarning {
  /** The wrangler file, or the place that wrangler names. */
  readonly where: string;
  readonly text: string;
}

/**
 * Compiles every Worker, several at a time; the faults of all of them come in one message. What was compiled before out of the same files
 * is taken as it is, and then neither wrangler nor the modules that start it are loaded.
 */
export function bundleWorkers(
  workers: readonly DeclaredWorker[],
  {
    onWarning,
    signal,
  }: { readonly onWarning?: (warning: CompileWarning) => void; readonly signal?: AbortSignal } = {},
): Promise<ReadonlyMap<DeclaredWorker, Bundle | undefined>> {
  const cache = new CompileCache();
  const inFolder = new Map<string, Promise<unknown>>();
  return mapBounded(workers, AT_ONCE, async (worker) => {
    const bundle = await afterOthers(inFolder, worker.config, () =>
      compileWorker(worker.config, { cache, onWarning, signal, variables: buildVariables(worker) }),
    );
    if (bundle !== undefined) refuseIfAny([...missingClasses(worker, bundle), ...sizeFaults(worker, bundle)]);
    return bundle;
  });
}

/** One at a time in a folder: a build command there writes the same files for each. */
function afterOthers<T>(
  inFolder: Map<string, Promise<unknown>>,
  { directory }: WorkerConfig,
  work: () => Promise<T>,
): Promise<T> {
  const before = inFolder.get(directory) ?? Promise.resolve();
  const done = before.then(work, work);
  inFolder.set(
    directory,
    done.catch(() => undefined),
  );
  return done;
}

/** The variables that the Worker's entry names for its build, with the values that they have here. */
function buildVariables({ name, buildVariables }: DeclaredWorker): Record<string, string> {
  const missing = buildVariables.filter((variable) => process.env[variable] === undefined);
  refuseIfAny(
    missing.map((variable) => ({
      where: `Worker '${name}', build.env`,
      what: `the variable ${variable}, which the Worker's build needs, is not set here`,
      fix: `Set it where this runs, or take it out of 'build.env' of the Worker's entry.`,
    })),
  );
  return Object.fromEntries(buildVariables.map((variable) => [variable, process.env[variable] ?? ""]));
}

/** Uncompressed, without source maps: the API's own limit, the same on all plans (10027). */
const MOST_BYTES = 64 * 1024 * 1024;

/** Pure. */
export function sizeFaults(
  { config }: Pick<DeclaredWorker, "config">,
  { content, files }: Pick<Bundle, "content" | "files">,
): Fault[] {
  const others = files.filter(({ contentType }) => contentType !== "application/source-map");
  const size = others.reduce((sum, { bytes }) => sum + bytes.length, Buffer.byteLength(content));
  if (size <= MOST_BYTES) return [];
  return [
    {
      where: config.file,
      what: `the Worker's modules have ${(size / 1024 / 1024).toFixed(1)} MiB, and Cloudflare takes at most 64 MiB (10027)`,
      fix: "Take something out, or serve large files as static assets or from R2.",
    },
  ];
}

/** The classes that bindings name have to be exported: the API would refuse the upload (10021, 10070). */
function missingClasses({ config }: DeclaredWorker, { exports }: Bundle): Fault[] {
  if (exports === undefined) return [];
  return config.bindings.flatMap((binding) => {
    if (binding.type !== "durable_object_namespace" && binding.type !== "workflow") return [];
    if (binding.scriptName !== undefined || exports.includes(binding.className)) return [];
    return [
      {
        where: config.file,
        what: `the binding '${binding.name}' names the class '${binding.className}', which the code does not export (it exports ${exports.join(", ")})`,
        fix: `Export it from the entry module: export class ${binding.className} …`,
      },
    ];
  });
}
