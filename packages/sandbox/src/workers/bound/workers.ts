import type { MiniflareWorkers } from "../miniflare.ts";
import type { RunnableModule, RunnableScript } from "../runtime.ts";
import { OLDEST_DATE, ROUTER_DATE } from "../workerd.ts";
import { type Binding, environmentOf, exportsClass } from "./environment.ts";
import { type BoundPlan, type BoundWorker, nameOf } from "./plan.ts";
import { BOUND_ROUTER, ROUTER_NAME } from "./router.ts";

export type MiniflareWorker = MiniflareWorkers[number];
type Config = MiniflareWorker["config"];
type Modules = NonNullable<Config["manifest"]>["modules"];

/** One version in miniflare's terms; `assets` is the folder that has its files. */
export function boundWorker(
  plan: BoundPlan,
  worker: BoundWorker,
  code: RunnableScript,
  assets: string | undefined,
): MiniflareWorker {
  return {
    config: {
      ...codeOf(code),
      name: nameOf(worker),
      env: environmentOf(plan, worker, code.env),
      ...(worker.isPrimary ? { exports: exportsOf(worker) } : {}),
      ...tailOf(worker),
      ...(assets === undefined ? {} : { assets: assetsOf(code, assets) }),
    },
  };
}

/**
 * Where a script's queue handler is reached. miniflare puts the files in front of a Worker that has assets, and no
 * queue gets past them: then a copy of the code takes the queue's messages.
 */
export function eventWorkers(
  plan: BoundPlan,
  worker: BoundWorker,
  code: RunnableScript,
  assets: string | undefined,
): readonly MiniflareWorker[] {
  if (!hasOwnEventWorker(plan, worker)) return [];
  const files = `${worker.script} files`;
  const env = environmentOf(plan, worker, code.env);
  for (const { name, type } of worker.traits.bindings) {
    if (type === "assets") env[name] = { type: "worker", worker: files };
  }
  const copy = { config: { ...codeOf(code), name: eventName(plan, worker), env, ...tailOf(worker) } };
  if (assets === undefined) return [copy];
  return [
    copy,
    {
      config: {
        ...codeOf({ ...code, modules: [] }),
        name: files,
        assets: { ...assetsOf(code, assets), hasUserWorker: false, runWorkerFirst: false },
      },
    },
  ];
}

function tailOf({ script, tailed }: BoundWorker): {
  readonly tailConsumers?: NonNullable<Config["tailConsumers"]>;
} {
  return tailed ? { tailConsumers: [{ worker: ROUTER_NAME, entrypoint: "Tail", props: { script } }] } : {};
}

function eventName(plan: BoundPlan, worker: BoundWorker): string {
  return hasOwnEventWorker(plan, worker) ? `${worker.script} events` : nameOf(worker);
}

function hasOwnEventWorker(plan: BoundPlan, worker: BoundWorker): boolean {
  return (
    worker.isPrimary &&
    worker.traits.hasAssets &&
    plan.consumers.some(({ script }) => script === worker.script)
  );
}

/** The router: it comes first, so that it is also what answers on miniflare's own port. */
export function routerWorker(plan: BoundPlan, key: string, node: Binding): MiniflareWorker {
  const entries = [
    ...plan.workers.map((one): [string, Binding] => [
      `${one.script}/${one.version}`,
      { type: "worker", worker: nameOf(one) },
    ]),
    ...plan.workers
      .filter(({ isPrimary }) => isPrimary)
      .map((one): [string, Binding] => [
        `events ${one.script}`,
        { type: "worker", worker: eventName(plan, one) },
      ]),
    ...[...plan.stores.kv].map((id): [string, Binding] => [`kv ${id}`, { type: "kv", id }]),
    ...[...plan.stores.d1].map((id): [string, Binding] => [`d1 ${id}`, { type: "d1", id }]),
    ...[...plan.stores.r2].map((name): [string, Binding] => [`r2 ${name}`, { type: "r2", name }]),
  ];
  return {
    config: {
      name: ROUTER_NAME,
      compatibilityDate: ROUTER_DATE,
      // For `scheduled` and `queue` of other Workers.
      compatibilityFlags: ["service_binding_extra_handlers"],
      manifest: {
        mainModule: "router.js",
        modules: { "router.js": { type: "esm", contents: BOUND_ROUTER } },
      },
      env: {
        ...Object.fromEntries(entries),
        KEY: { type: "text", value: key },
        NODE: node,
        CONSUMERS: { type: "json", value: plan.consumers.map((one) => ({ ...one })) },
        QUEUES: { type: "durable-object", worker: ROUTER_NAME, exportName: "Queue" },
      },
      exports: {
        Queue: { type: "durable-object", storage: "sqlite", unsafeUniqueKey: "sandbox-queues" },
      },
    },
    // Straight to the router: requests keep their exact bytes, streams and WebSockets work.
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  };
}

function exportsOf(worker: BoundWorker): NonNullable<Config["exports"]> {
  return Object.fromEntries(
    worker.traits.durableObjects
      // workerd does not start at all over a class that is not there.
      .filter(({ className }) => exportsClass(worker, className))
      .map(({ className, sqlite, namespaceId }) => [
        className,
        {
          type: "durable-object" as const,
          storage: sqlite ? ("sqlite" as const) : ("legacy-kv" as const),
          unsafeUniqueKey: namespaceId,
        },
      ]),
  );
}

function assetsOf({ assets, modules }: RunnableScript, directory: string): NonNullable<Config["assets"]> {
  const { html_handling, not_found_handling, run_worker_first } = assets?.config ?? {};
  return {
    directory,
    hasUserWorker: modules.length > 0,
    ...(html_handling === undefined ? {} : { htmlHandling: html_handling }),
    ...(not_found_handling === undefined ? {} : { notFoundHandling: not_found_handling }),
    ...(run_worker_first === undefined
      ? {}
      : { runWorkerFirst: typeof run_worker_first === "boolean" ? run_worker_first : [...run_worker_first] }),
  };
}

/** A Worker of files alone has no code; miniflare wants some all the same. */
const NO_CODE = 'export default { fetch: () => new Response("Not Found", { status: 404 }) };';

function codeOf(code: RunnableScript): Pick<Config, "compatibilityDate" | "compatibilityFlags" | "manifest"> {
  const modules: Modules =
    code.modules.length === 0
      ? { "none.js": { type: "esm", contents: NO_CODE } }
      : Object.fromEntries(code.modules.map((module) => [module.name, moduleOf(module)]));
  return {
    compatibilityDate: code.compatibilityDate || OLDEST_DATE,
    compatibilityFlags: [...code.compatibilityFlags],
    manifest: { mainModule: code.modules.length === 0 ? "none.js" : code.mainModule, modules },
  };
}

const TYPES = {
  js: "esm",
  cjs: "cjs",
  py: "python",
  text: "text",
  data: "data",
  json: "json",
  wasm: "wasm",
} as const;

function moduleOf({ kind, bytes }: RunnableModule): Modules[string] {
  return { type: TYPES[kind], contents: new Uint8Array(bytes) };
}
