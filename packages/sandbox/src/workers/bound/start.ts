import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import type { Miniflare, Request } from "miniflare";
import type { RuntimeFolder } from "../folder.ts";
import { startMiniflare } from "../miniflare.ts";
import { type Running, taskHeaders } from "../running.ts";
import type { RunnableScript, WorkerLog } from "../runtime.ts";
import { heard } from "../tails/heard.ts";
import { clearAssets, layOut } from "./assets.ts";
import type { Binding } from "./environment.ts";
import { secretId } from "./environment.ts";
import { type BoundPlan, type BoundWorker, nameOf } from "./plan.ts";
import { ROUTER_NAME } from "./router.ts";
import { boundWorker, eventWorkers, type MiniflareWorker, routerWorker } from "./workers.ts";

/** The workerd of all bound Workers, and of the data behind their bindings. */
export interface BoundRunning extends Running {
  /** Gives the stores that the router binds, as `kv <id>` and so on. */
  readonly miniflare: Miniflare;
  /** What the router's part for queues answers. */
  queue(action: "send" | "purge" | "count", body: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface BoundOptions {
  readonly folder: RuntimeFolder;
  readonly load: (script: string, version: string) => RunnableScript;
  readonly log: (entry: WorkerLog) => void;
  /** Invocations of a script that somebody listens to. */
  readonly tell: (script: string, events: readonly unknown[]) => void;
}

/**
 * Starts what the plan names. One Worker that workerd refuses keeps all of them from starting: it is left out, and
 * the log says why, until it changes.
 */
export async function startBound(options: BoundOptions, plan: BoundPlan): Promise<BoundRunning> {
  let left = plan;
  for (;;) {
    try {
      return await start(options, left);
    } catch (error) {
      const culprit = left.workers.find((one) => isNamed(one, String(error)));
      if (culprit === undefined) throw error;
      const message = `The Worker '${culprit.script}' could not be started with its bindings: ${error}`;
      options.log({ level: "error", message, timestamp: Date.now(), script: culprit.script });
      const consumers = left.consumers.filter(({ script }) => script !== culprit.script);
      left = { ...left, consumers, workers: left.workers.filter((one) => one !== culprit) };
    }
  }
}

function isNamed(worker: BoundWorker, error: string): boolean {
  const text = error.replaceAll("\\", "");
  return [`core:user:${nameOf(worker)}`, `core:user:${worker.script} events`].some((service) =>
    [":", '"'].some((end) => text.includes(service + end)),
  );
}

async function start({ folder, load, log, tell }: BoundOptions, plan: BoundPlan): Promise<BoundRunning> {
  const key = randomBytes(32).toString("hex");
  const secrets = new Map(
    plan.workers.flatMap((worker) =>
      worker.traits.bindings.flatMap((one) =>
        one.type === "secrets_store_secret" ? [[secretId(worker, one.name), one] as const] : [],
      ),
    ),
  );
  const miniflare = await startMiniflare({
    folder,
    log,
    keepsData: true,
    workers({ Response }) {
      const node: Binding = {
        type: "fetcher",
        async handler(request: Request) {
          if (request.headers.get("x-sandbox-key") !== key) return new Response("not found", { status: 404 });
          if (await heard(request, tell)) return new Response(null, { status: 204 });
          const id = decodeURIComponent(new URL(request.url).pathname.slice("/secret/".length));
          const secret = secrets.get(id);
          if (secret === undefined) return new Response("not found", { status: 404 });
          const value = secret.read();
          return value === undefined
            ? new Response(`Secret "${secret.secretName}" not found`, { status: 404 })
            : new Response(value);
        },
      };
      const used = new Set<string>();
      const workers = plan.workers.flatMap((worker): MiniflareWorker[] => {
        const code = load(worker.script, worker.version);
        const files =
          code.assets === undefined ? undefined : layOut(folder.assets, worker.version, code.assets);
        if (files !== undefined) used.add(basename(files));
        return [boundWorker(plan, worker, code, files), ...eventWorkers(plan, worker, code, files)];
      });
      clearAssets(folder.assets, used);
      return [routerWorker(plan, key, node), ...workers];
    },
  });
  const running: BoundRunning = {
    miniflare,
    address: () => miniflare.unsafeGetDirectURL(ROUTER_NAME),
    headersFor: (id) => ({ "x-sandbox-key": key, "x-sandbox-worker": encodeURIComponent(id) }),
    async queue(action, body) {
      const answer = await fetch(await running.address(), {
        method: "POST",
        headers: taskHeaders(running, "", "queue"),
        body: JSON.stringify({ ...body, action }),
      });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    },
    stop: () => miniflare.dispose(),
  };
  if (plan.consumers.length > 0) {
    // Not waited for: a consumer may begin at once, and never end.
    const wake = fetch(await running.address(), { headers: taskHeaders(running, "", "wake") });
    void wake.catch(() => undefined);
  }
  return running;
}
