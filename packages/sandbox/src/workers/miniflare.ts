import { createRequire } from "node:module";
import type { Miniflare, MiniflareOptions, WorkerdStructuredLog } from "miniflare";
import { emptied } from "./environment.ts";
import type { RuntimeFolder } from "./folder.ts";
import type { WorkerLog } from "./runtime.ts";

const PROGRAM = "MINIFLARE_WORKERD_PATH";

export type MiniflareWorkers = MiniflareOptions["workers"];

export interface StartOptions {
  readonly folder: RuntimeFolder;
  readonly log: (entry: WorkerLog) => void;
  readonly workers: (library: typeof import("miniflare")) => MiniflareWorkers | Promise<MiniflareWorkers>;
  /** Whether bindings keep their data in the folder. */
  readonly keepsData: boolean;
}

/** Starts a workerd through miniflare. Never called at rest: miniflare alone costs 0.3 s and 100 MB to import. */
export async function startMiniflare(options: StartOptions): Promise<Miniflare> {
  const { folder } = options;
  const dropSignals = signalListeners();
  const library = await import("miniflare");
  const workers = await options.workers(library);
  const binary = workerdBinary();
  return withLauncher(folder.launcher, async () => {
    const runtime = withTemporaryFolder(
      folder.temporary,
      () =>
        new library.Miniflare({
          host: "127.0.0.1",
          port: 0,
          // Neither a look-up of this machine's place nor anything on standard output.
          cf: false,
          logRequests: false,
          telemetry: { enabled: false },
          enableDevRegistry: false,
          log: new library.Log(library.LogLevel.NONE),
          handleStructuredLogs: ({ level, message, timestamp }: WorkerdStructuredLog) =>
            options.log({ level, message, timestamp }),
          resourceTmpPath: folder.temporary,
          ...(options.keepsData ? { resourcePersistencePath: folder.data } : {}),
          unsafeRuntimeEnv: {
            ...emptied(process.env),
            SANDBOX_WORKERD_BINARY: binary,
            SANDBOX_WORKERD_PROCESSES: folder.processes,
          },
          workers,
        }),
    );
    dropSignals();
    try {
      await runtime.ready;
      dropSignals();
    } catch (error) {
      // It must be disposed of all the same, or this process never ends; it rejects once more.
      await runtime.dispose().catch(() => undefined);
      throw error;
    }
    return runtime;
  });
}

let starting = 0;
let programBefore: string | undefined;

/**
 * miniflare asks a variable which program to start, some time after it was made. It stands while any workerd starts;
 * what else this process starts is not to see it.
 */
async function withLauncher<T>(launcher: string | undefined, start: () => Promise<T>): Promise<T> {
  if (launcher === undefined) return start();
  const { env } = process;
  if (starting++ === 0) programBefore = env[PROGRAM];
  env[PROGRAM] = launcher;
  try {
    return await start();
  } finally {
    if (--starting === 0) {
      if (programBefore === undefined) delete env[PROGRAM];
      else env[PROGRAM] = programBefore;
    }
  }
}

/** miniflare has its own way to name the program, and no way to be asked for it. */
function workerdBinary(): string {
  const chosen = starting === 0 ? process.env[PROGRAM] : programBefore;
  if (chosen !== undefined) return chosen;
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  const found: unknown = fromMiniflare("workerd");
  const path = typeof found === "object" && found !== null && "default" in found ? found.default : found;
  if (typeof path !== "string") throw new Error("the package workerd does not say where its program is");
  return path;
}

/** miniflare makes its folder in the system's temporary one, and a killed process leaves it there. */
function withTemporaryFolder<T>(folder: string, make: () => T): T {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/**
 * miniflare ends the process itself on a signal, before anything else is closed. Whoever runs the sandbox decides that:
 * what listens from here on to the returned call is taken away again.
 */
function signalListeners(): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  return () => {
    for (const signal of signals) {
      for (const listener of process.listeners(signal)) {
        if (!before.get(signal)?.includes(listener)) process.removeListener(signal, listener);
      }
    }
  };
}
