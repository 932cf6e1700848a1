import { randomBytes, randomUUID } from "node:crypto";
import type { Miniflare, Request, WorkerdStructuredLog } from "miniflare";
import { ROUTER } from "./router.ts";
import type { RunnableScript, Validation, WorkerLog } from "./runtime.ts";

/** What Cloudflare assumes for an upload without a date. */
const OLDEST_DATE = "2021-11-02";

/** One running workerd, with the router in it. */
export interface Workerd {
  /** Where the router listens. */
  address(): Promise<URL>;
  /** Headers that make the router pass a request on to the isolate of this id. */
  headersFor(id: string): Record<string, string>;
  validate(script: RunnableScript): Promise<Validation>;
  /** How many it has loaded since it started. */
  isolates(): number;
  stop(): Promise<void>;
}

export interface WorkerdOptions {
  /** Gives the code of an isolate's id. */
  readonly load: (id: string) => RunnableScript;
  readonly log: (entry: WorkerLog) => void;
  readonly startLimitMs: number;
}

/** Never called at rest: miniflare alone costs 0.3 s and 100 MB to import. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const dropSignals = signalListeners();
  const miniflare = await import("miniflare");
  const key = randomBytes(32).toString("hex");
  let isolates = 0;
  const candidates = new Map<string, RunnableScript>();
  const code = (path: string): RunnableScript => {
    const id = decodeURIComponent(path);
    isolates++;
    return candidates.get(id) ?? options.load(id);
  };
  const runtime: Miniflare = new miniflare.Miniflare({
    host: "127.0.0.1",
    port: 0,
    // Neither a look-up of this machine's place nor anything on standard output.
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    log: new miniflare.Log(miniflare.LogLevel.NONE),
    handleStructuredLogs: ({ level, message, timestamp }: WorkerdStructuredLog) =>
      options.log({ level, message, timestamp }),
    workers: [
      {
        config: {
          name: "router",
          compatibilityDate: "2026-11-01",
          manifest: {
            mainModule: "router.js",
            modules: { "router.js": { type: "esm", contents: ROUTER } },
          },
          env: {
            KEY: { type: "text", value: key },
            LOADER: { type: "worker-loader" },
            CODE: {
              type: "fetcher",
              handler: (request: Request) => {
                if (request.headers.get("x-sandbox-key") !== key)
                  return new miniflare.Response("not found", { status: 404 });
                try {
                  const script = code(new URL(request.url).pathname.slice(1));
                  return new miniflare.Response(encode(script));
                } catch (error) {
                  return new miniflare.Response(String(error), { status: 500 });
                }
              },
            },
          },
        },
        // Straight to the router: requests keep their exact bytes, streams and WebSockets work.
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
      },
    ],
  });
  dropSignals();
  try {
    await runtime.ready;
    dropSignals();
  } catch (error) {
    // It must be disposed of all the same, or this process never ends; it rejects once more.
    await runtime.dispose().catch(() => undefined);
    throw error;
  }
  const headersFor = (id: string) => ({
    "x-sandbox-key": key,
    "x-sandbox-worker": encodeURIComponent(id),
  });
  return {
    address: () => runtime.unsafeGetDirectURL("router"),
    headersFor,
    async validate(script) {
      const id = `candidate ${randomUUID()}`;
      candidates.set(id, script);
      try {
        const begun = performance.now();
        const address = await runtime.unsafeGetDirectURL("router");
        const answer = await fetch(address, {
          headers: { ...headersFor(id), "x-sandbox-validate": "1" },
          signal: AbortSignal.timeout(options.startLimitMs),
        });
        const found = (await answer.json()) as ProbeAnswer;
        return verdict(found, Math.max(1, Math.round(performance.now() - begun)));
      } finally {
        candidates.delete(id);
      }
    },
    isolates: () => isolates,
    stop: () => runtime.dispose(),
  };
}

/**
 * miniflare ends the process itself on a signal, before anything else is closed. Whoever runs the sandbox decides that:
 * what listens from here on to the returned call is taken away again. workerd ends with its standard input anyway.
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

type ProbeAnswer = { error: string } | { handlers: string[]; named: { name: string; handlers: string[] }[] };

function verdict(found: ProbeAnswer, startupTimeMs: number): Validation {
  if ("error" in found) {
    return { ok: false, code: 10021, message: found.error.replace(/^Failed to start Worker:\n/, "") };
  }
  if (found.handlers.length === 0 && found.named.length === 0) {
    return { ok: false, code: 10068, message: "The uploaded script has no registered event handlers." };
  }
  return { ok: true, handlers: found.handlers, namedHandlers: found.named, startupTimeMs };
}

function encode(script: RunnableScript): string {
  return JSON.stringify({
    compatibilityDate: script.compatibilityDate || OLDEST_DATE,
    compatibilityFlags: script.compatibilityFlags,
    mainModule: script.mainModule,
    modules: script.modules.map(({ name, kind, bytes }) => [
      name,
      kind,
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
    ]),
    env: script.env,
  });
}
