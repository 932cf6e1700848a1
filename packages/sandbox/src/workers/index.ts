import { createServer } from "node:http";
import { createBoundWorkers } from "./bound/index.ts";
import { primaryOf } from "./bound/plan.ts";
import { openRuntimeFolder } from "./folder.ts";
import { forward, type Gateway, upgrade } from "./gateway.ts";
import { WorkerdPool } from "./pool.ts";
import { TAILED } from "./router.ts";
import { type Running, taskHeaders } from "./running.ts";
import type {
  CronOutcome,
  LiveScript,
  RunnableScript,
  Validation,
  WorkerLog,
  WorkersRuntime,
} from "./runtime.ts";
import { Tails } from "./tails/tails.ts";
import { Watchdog } from "./watchdog.ts";
import { startWorkerd } from "./workerd.ts";

export type * from "./runtime.ts";

export interface WorkersOptions {
  /** Keeps the data behind bindings. Without, it goes with `close`. */
  readonly folder?: string;
  /** Loopback unless said otherwise. */
  readonly hostname?: string;
  /** 0 or nothing: any free port. */
  readonly port?: number;
  /** What Workers write to their console, and their uncaught exceptions. Nothing is printed by itself. */
  readonly onLog?: (entry: WorkerLog) => void;
  /** `false`: workerd starts with the first request or upload rather than in the background. */
  readonly eager?: boolean;
  /** How long a script may take to start. Cloudflare allows 1 s of CPU; a busy machine needs more than that by the clock. */
  readonly startLimitMs?: number;
  /** After how many loaded versions a fresh workerd takes over. */
  readonly retireAfter?: number;
  /** How long a request under way may hold up a change of a Worker with bindings. Default 2 s. */
  readonly drainMs?: number;
  /** After how long without an answer to a request workerd is asked whether it still lives. Default 10 s. */
  readonly hangMs?: number;
}

/**
 * Opens the Workers port. The port is ours, so it never closes while workerd comes and goes; requests that arrive
 * before workerd is up wait for it.
 */
export async function startWorkers(options: WorkersOptions = {}): Promise<WorkersRuntime> {
  const scripts = new Map<string, LiveScript>();
  let bypass: readonly string[] = [];
  const log = options.onLog ?? (() => undefined);
  const startLimitMs = options.startLimitMs ?? 10_000;
  const eager = options.eager !== false;

  const server = createServer();
  // Workers may stream for as long as they like.
  server.requestTimeout = 0;
  const hostname = options.hostname ?? "127.0.0.1";
  await new Promise<void>((done, fail) => {
    server.once("error", fail).listen(options.port ?? 0, hostname, () => done());
  });
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : options.port;
  const url = `http://${hostname}:${port}`;

  const folder = await openRuntimeFolder(options.folder);
  const load = (id: string): RunnableScript => {
    const [name = "", version = ""] = id.split("/");
    const script = scripts.get(name);
    if (script === undefined) throw new Error(`the Worker ${name} is gone`);
    return script.load(version);
  };
  const tell = (script: string, events: readonly unknown[]) => tails.tell(script, events);
  const pool = new WorkerdPool(
    () => startWorkerd({ folder, load, log, startLimitMs, tell }),
    options.retireAfter ?? 200,
  );
  const bound = createBoundWorkers({
    folder,
    scripts,
    log,
    drainMs: options.drainMs ?? 2000,
    watch: (workerd) => watchdog.watch(workerd),
    eager,
    tailed: (script) => tails.listened(script),
    tell,
  });
  const tails = new Tails(url, () => bound.changed());
  const lease = ({ name, version }: { readonly name: string; readonly version: string }) =>
    bound.runs(name, version) ? bound.lease() : pool.lease();

  /** Under which id a version runs. Followed live it is loaded once more: a loaded one can't be changed. */
  const idOf = ({ name, version }: { readonly name: string; readonly version: string }) =>
    `${name}/${version}${tails.listened(name) && !bound.runs(name, version) ? TAILED : ""}`;

  const fireCron = async (name: string, cron?: string, at?: Date): Promise<CronOutcome> => {
    const script = scripts.get(name);
    const version = primaryOf(script?.versions ?? []);
    if (script === undefined || version === undefined) return { outcome: "not-deployed" };
    if (!version.handlers.includes("scheduled")) return { outcome: "no-handler" };
    const { workerd, release } = await lease({ name, version: version.id });
    const unwatch = watchdog.watch(workerd);
    try {
      const answer = await fetch(await workerd.address(), {
        method: "POST",
        headers: taskHeaders(workerd, idOf({ name, version: version.id }), "scheduled"),
        body: JSON.stringify({ cron: cron ?? script.crons[0] ?? "", time: (at ?? new Date()).getTime() }),
      });
      const { outcome, noRetry } = (await answer.json()) as { outcome: string; noRetry: boolean };
      return { outcome: outcome === "ok" ? "ok" : "exception", noRetry };
    } finally {
      unwatch();
      release();
    }
  };

  const abandon = (workerd: Running) => Promise.all([pool.abandon(workerd), bound.abandon(workerd)]);
  const watchdog = new Watchdog(options.hangMs ?? 10_000, async (workerd) => {
    log({ level: "error", message: "workerd hung and was replaced", timestamp: Date.now() });
    await abandon(workerd);
  });
  const gateway: Gateway = {
    addresses: () => ({ scripts, bypass, url }),
    lease,
    idOf,
    fireCron,
    exception: (script, message) => log({ level: "error", message, timestamp: Date.now(), script }),
    watch: (workerd) => watchdog.watch(workerd),
    hung: (workerd) => watchdog.hung(workerd),
  };
  server.on("request", (request, response) => void forward(gateway, request, response));
  server.on("upgrade", (request, socket, head) => {
    if (!tails.upgrade(request, socket, head)) void upgrade(gateway, request, socket, head);
  });
  if (eager) {
    // Importing miniflare blocks this process for 0.3 s: the APIs get to listen first. Whoever needs workerd is told
    // why it does not start, so here the reason may be dropped.
    const warm = () => pool.lease().then((warmed) => warmed.release());
    setTimeout(() => void warm().catch(() => undefined), 100).unref();
  }

  return {
    url,
    async validate(script): Promise<Validation> {
      const { workerd, release } = await pool.lease();
      try {
        return await workerd.validate(script);
      } catch (error) {
        if (!(error instanceof Error && error.name === "TimeoutError")) throw error;
        // An endless loop holds workerd's only thread: every Worker hangs until it is replaced.
        await pool.abandon(workerd);
        return { ok: false, code: 10021, message: "Script startup exceeded CPU time limit." };
      } finally {
        release();
      }
    },
    deploy(name, script) {
      scripts.set(name, script);
      bound.changed();
    },
    remove(name) {
      scripts.delete(name);
      bound.changed();
    },
    bypass(patterns) {
      bypass = patterns;
    },
    consumers: (list) => bound.consumers(list),
    fireCron,
    tails,
    data: bound.data,
    async close() {
      tails.close();
      const stopped = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await stopped;
      await Promise.all([pool.close(), bound.close()]);
      folder.close();
    },
  };
}
