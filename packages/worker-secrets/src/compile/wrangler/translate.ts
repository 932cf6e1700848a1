import { resolve } from "node:path";
import type { ModuleRule } from "./bundling.ts";
import type { WranglerFile } from "./schema.ts";
import { translateBindings } from "./translate-bindings.ts";
import type { QueueConsumer, Route } from "./triggers.ts";
import { without } from "./without.ts";
import type { Assets, Migration, Observability, Placement, WorkerConfig } from "./worker-config.ts";

/** Where the file stands and what of it was applied. */
export type Origin = Pick<
  WorkerConfig,
  "directory" | "file" | "environment" | "blocks" | "notInherited" | "otherBlocks" | "whereIs"
>;

/** wrangler's own, behind those of the file. Facts: wrangler 4.164, `DEFAULT_MODULE_RULES`. */
const DEFAULT_RULES: readonly ModuleRule[] = [
  { type: "text", globs: ["**/*.txt", "**/*.html", "**/*.sql"], fallthrough: false },
  { type: "data", globs: ["**/*.bin"], fallthrough: false },
  { type: "wasm", globs: ["**/*.wasm", "**/*.wasm?module"], fallthrough: false },
];

const RULE_TYPES = {
  ESModule: "esm",
  CommonJS: "commonjs",
  CompiledWasm: "wasm",
  Text: "text",
  Data: "data",
} as const;

/** `keys`: checked, with the `env` block applied. `whole`: the file as it stands, for the name before the block. */
export function translate(
  keys: WranglerFile,
  whole: Readonly<Record<string, unknown>>,
  origin: Origin,
): WorkerConfig {
  const { directory, environment } = origin;
  const routes = routesOf(keys);
  const name = typeof whole.name === "string" ? whole.name : keys.name;
  return {
    name,
    environmentName: environment === undefined ? undefined : nameOfBlock(environment, whole),
    accountId: keys.account_id === "" ? undefined : keys.account_id,
    ...origin,
    main: keys.main === undefined ? undefined : resolve(directory, keys.main),
    compatibilityDate: keys.compatibility_date,
    compatibilityFlags: keys.compatibility_flags ?? [],
    vars: keys.vars ?? {},
    requiredSecrets: keys.secrets?.required ?? [],
    bindings: translateBindings(keys),
    migrations: (keys.migrations ?? []).map(migration),
    queueConsumers: (keys.queues?.consumers ?? []).map(consumer),
    crons: keys.triggers?.crons,
    routes,
    workersDev: keys.workers_dev ?? routes.length === 0,
    previewUrls: keys.preview_urls ?? false,
    assets: keys.assets === undefined ? undefined : assets(keys.assets, directory),
    observability: keys.observability === undefined ? undefined : observability(keys.observability),
    limits: keys.limits && without({ cpuMs: keys.limits.cpu_ms, subrequests: keys.limits.subrequests }),
    placement: keys.placement && placement(keys.placement),
    logpush: keys.logpush,
    cache:
      keys.cache &&
      without({ enabled: keys.cache.enabled, crossVersionCache: keys.cache.cross_version_cache }),
    tailConsumers: (keys.tail_consumers ?? []).map(without),
    bundling: {
      noBundle: keys.no_bundle ?? false,
      minify: keys.minify ?? false,
      keepNames: keys.keep_names ?? true,
      sourceMaps: keys.upload_source_maps ?? false,
      define: keys.define ?? {},
      alias: keys.alias ?? {},
      tsconfig: keys.tsconfig === undefined ? undefined : resolve(directory, keys.tsconfig),
      jsxFactory: keys.jsx_factory,
      jsxFragment: keys.jsx_fragment,
      rules: [...(keys.rules ?? []).map(rule), ...DEFAULT_RULES],
    },
  };
}

/** The `name` of the block itself. wrangler takes it as it is, and makes `<name>-<block>` where there is none. */
function nameOfBlock(environment: string, whole: Readonly<Record<string, unknown>>): string | undefined {
  const block = (whole.env as Readonly<Record<string, { readonly name?: string } | undefined>>)[environment];
  return block?.name;
}

function migration(step: NonNullable<WranglerFile["migrations"]>[number]): Migration {
  return {
    tag: step.tag,
    newClasses: step.new_classes ?? [],
    newSqliteClasses: step.new_sqlite_classes ?? [],
    renamedClasses: step.renamed_classes ?? [],
    transferredClasses: (step.transferred_classes ?? []).map(({ from, from_script, to }) => ({
      from,
      fromScript: from_script,
      to,
    })),
    deletedClasses: step.deleted_classes ?? [],
  };
}

type Consumers = NonNullable<NonNullable<WranglerFile["queues"]>["consumers"]>;

function consumer(keys: Consumers[number]): QueueConsumer {
  return without({
    queue: keys.queue,
    maxBatchSize: keys.max_batch_size,
    maxBatchTimeout: keys.max_batch_timeout,
    maxRetries: keys.max_retries,
    deadLetterQueue: keys.dead_letter_queue,
    maxConcurrency: keys.max_concurrency ?? undefined,
    retryDelay: keys.retry_delay,
  });
}

/** `routes` before `route`, as wrangler: one of the two can come from the top level, the other from the block. */
function routesOf(keys: WranglerFile): readonly Route[] {
  const given = keys.routes ?? (keys.route === undefined || keys.route === "" ? [] : [keys.route]);
  return given.map((route): Route => {
    if (typeof route === "string") return { kind: "route", pattern: route, zone: undefined };
    const zone =
      route.zone_id !== undefined
        ? { id: route.zone_id }
        : route.zone_name !== undefined
          ? { name: route.zone_name }
          : undefined;
    return route.custom_domain === true
      ? { kind: "custom_domain", hostname: route.pattern, zone }
      : { kind: "route", pattern: route.pattern, zone };
  });
}

function assets(keys: NonNullable<WranglerFile["assets"]>, directory: string): Assets {
  return without({
    directory: resolve(directory, keys.directory),
    htmlHandling: keys.html_handling,
    notFoundHandling: keys.not_found_handling,
    runWorkerFirst: keys.run_worker_first,
    basePath: keys.base_path,
  });
}

/** The API wants `enabled` at the top; wrangler is content with the one of logs or traces. */
function observability(keys: NonNullable<WranglerFile["observability"]>): Observability {
  const { logs, traces } = keys;
  return without({
    enabled: keys.enabled ?? false,
    headSamplingRate: keys.head_sampling_rate,
    issues: keys.issues && without(keys.issues),
    logs:
      logs &&
      without({
        enabled: logs.enabled ?? keys.enabled ?? false,
        invocationLogs: logs.invocation_logs ?? true,
        headSamplingRate: logs.head_sampling_rate,
        persist: logs.persist,
        destinations: logs.destinations,
      }),
    traces:
      traces &&
      without({
        enabled: traces.enabled,
        headSamplingRate: traces.head_sampling_rate,
        persist: traces.persist,
        destinations: traces.destinations,
      }),
  });
}

/** Checked before: `targeted` and its fields together, and nothing of them with the other modes. */
function placement({
  mode,
  region,
  host,
  hostname,
}: NonNullable<WranglerFile["placement"]>): Placement | undefined {
  if (mode === "off") return undefined;
  if (mode === "smart") return { mode };
  return without({ mode: "targeted" as const, region, host, hostname });
}

function rule(keys: NonNullable<WranglerFile["rules"]>[number]): ModuleRule {
  return { type: RULE_TYPES[keys.type], globs: keys.globs, fallthrough: keys.fallthrough ?? false };
}
