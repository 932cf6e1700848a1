import { createServer } from "node:http";
import { forward, type Gateway, upgrade } from "./gateway.ts";
import { WorkerdPool } from "./pool.ts";
import type { LiveScript, RunnableScript, Validation, WorkerLog, WorkersRuntime } from "./runtime.ts";
import { startWorkerd } from "./workerd.ts";

export type * from "./runtime.ts";

export interface WorkersOptions {
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
}

/**
 * Opens the Workers port. The port is ours, so it never closes while workerd comes and goes; requests that arrive
 * before workerd is up wait for it.
 */
export async function startWorkers(options: WorkersOptions = {}): Promise<WorkersRuntime> {
  const scripts = new Map<string, LiveScript>();
  const log = options.onLog ?? (() => undefined);
  const startLimitMs = options.startLimitMs ?? 10_000;

  const load = (id: string): RunnableScript => {
    const [name = "", version = ""] = id.split("/");
    const script = scripts.get(name);
    if (script === undefined) throw new Error(`the Worker ${name} is gone`);
    return script.load(version);
  };
  const pool = new WorkerdPool(() => startWorkerd({ load, log, startLimitMs }), options.retireAfter ?? 200);

  const server = createServer();
  const gateway: Gateway = {
    scripts: () => scripts,
    lease: () => pool.lease(),
    exception: (script, message) => log({ level: "error", message, timestamp: Date.now(), script }),
    url: () => url,
  };
  server.on("request", (request, response) => void forward(gateway, request, response));
  server.on("upgrade", (request, socket, head) => void upgrade(gateway, request, socket, head));
  // Workers may stream for as long as they like.
  server.requestTimeout = 0;
  const hostname = options.hostname ?? "127.0.0.1";
  await new Promise<void>((done, fail) => {
    server.once("error", fail).listen(options.port ?? 0, hostname, () => done());
  });
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : options.port;
  const url = `http://${hostname}:${port}`;
  if (options.eager !== false) {
    // Importing miniflare blocks this process for 0.3 s: the APIs get to listen first. Whoever needs workerd is told
    // why it does not start, so here the reason may be dropped.
    const warm = () => pool.lease().then((lease) => lease.release());
    setTimeout(() => void warm().catch(() => undefined), 100).unref();
  }

  return {
    url,
    async validate(script): Promise<Validation> {
      const lease = await pool.lease();
      try {
        return await lease.workerd.validate(script);
      } catch (error) {
        if (!(error instanceof Error && error.name === "TimeoutError")) throw error;
        // An endless loop holds workerd's only thread: every Worker hangs until it is replaced.
        await pool.abandon(lease.workerd);
        return { ok: false, code: 10021, message: "Script startup exceeded CPU time limit." };
      } finally {
        lease.release();
      }
    },
    deploy(name, script) {
      scripts.set(name, script);
    },
    remove(name) {
      scripts.delete(name);
    },
    async close() {
      const stopped = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await stopped;
      await pool.close();
    },
  };
}
