import { randomBytes, randomUUID } from "node:crypto";
import type { Request } from "miniflare";
import type { RuntimeFolder } from "./folder.ts";
import { startMiniflare } from "./miniflare.ts";
import { ROUTER } from "./router.ts";
import { type Running, taskHeaders } from "./running.ts";
import type { RunnableScript, Validation, WorkerLog } from "./runtime.ts";
import { heard } from "./tails/heard.ts";

/** What Cloudflare assumes for an upload without a date. */
export const OLDEST_DATE = "2021-11-02";

/** What the routers themselves are written for. */
export const ROUTER_DATE = "2026-11-01";

/** One running workerd for Workers whose bindings are plain values. */
export interface Workerd extends Running {
  validate(script: RunnableScript): Promise<Validation>;
  /** How many it has loaded since it started. */
  isolates(): number;
}

export interface WorkerdOptions {
  readonly folder: RuntimeFolder;
  /** Gives the code of an isolate's id. */
  readonly load: (id: string) => RunnableScript;
  readonly log: (entry: WorkerLog) => void;
  readonly startLimitMs: number;
  /** Invocations of a script that is loaded under an id with `TAILED`. */
  readonly tell: (script: string, events: readonly unknown[]) => void;
}

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const key = randomBytes(32).toString("hex");
  let isolates = 0;
  const candidates = new Map<string, RunnableScript>();
  const code = (path: string): RunnableScript => {
    const id = decodeURIComponent(path);
    isolates++;
    return candidates.get(id) ?? options.load(id);
  };
  const runtime = await startMiniflare({
    folder: options.folder,
    log: options.log,
    keepsData: false,
    workers: (library) => [
      {
        config: {
          name: "router",
          compatibilityDate: ROUTER_DATE,
          // For `scheduled` of another Worker.
          compatibilityFlags: ["service_binding_extra_handlers"],
          manifest: {
            mainModule: "router.js",
            modules: { "router.js": { type: "esm", contents: ROUTER } },
          },
          env: {
            KEY: { type: "text", value: key },
            LOADER: { type: "worker-loader" },
            NODE: {
              type: "fetcher",
              handler: async (request: Request) => {
                if (request.headers.get("x-sandbox-key") !== key)
                  return new library.Response("not found", { status: 404 });
                if (await heard(request, options.tell)) return new library.Response(null, { status: 204 });
                try {
                  const script = code(new URL(request.url).pathname.slice(1));
                  return new library.Response(encode(script));
                } catch (error) {
                  return new library.Response(String(error), { status: 500 });
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
  const running: Running = {
    address: () => runtime.unsafeGetDirectURL("router"),
    headersFor: (id) => ({ "x-sandbox-key": key, "x-sandbox-worker": encodeURIComponent(id) }),
    stop: () => runtime.dispose(),
  };
  return {
    ...running,
    async validate(script) {
      // Files alone need no code.
      if (script.modules.length === 0 && script.assets !== undefined) return NOTHING_TO_START;
      const id = `candidate ${randomUUID()}`;
      candidates.set(id, script);
      try {
        const begun = performance.now();
        const answer = await fetch(await running.address(), {
          headers: taskHeaders(running, id, "validate"),
          signal: AbortSignal.timeout(options.startLimitMs),
        });
        const found = (await answer.json()) as ProbeAnswer;
        return verdict(script, found, Math.max(1, Math.round(performance.now() - begun)));
      } finally {
        candidates.delete(id);
      }
    },
    isolates: () => isolates,
  };
}

const NOTHING_TO_START: Validation = { ok: true, handlers: [], namedHandlers: [], startupTimeMs: 1 };

type ProbeAnswer = { error: string } | { handlers: string[]; named: { name: string; handlers: string[] }[] };

function verdict(script: RunnableScript, found: ProbeAnswer, startupTimeMs: number): Validation {
  if ("error" in found) {
    return { ok: false, code: 10021, message: found.error.replace(/^Failed to start Worker:\n/, "") };
  }
  if (found.handlers.length === 0 && found.named.length === 0) {
    return { ok: false, code: 10068, message: "The uploaded script has no registered event handlers." };
  }
  const missing = script.durableObjects.filter(
    ({ className }) =>
      !found.named.some(({ name, handlers }) => name === className && handlers[0] === "class"),
  );
  if (missing.length > 0) {
    const names = missing.map(({ className }) => `'${className}'`).join(", ");
    return {
      ok: false,
      code: 10064,
      message: `New version of script does not export class ${names} which is depended on by existing Durable Objects. Export the class, or delete it with a migration.`,
    };
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
