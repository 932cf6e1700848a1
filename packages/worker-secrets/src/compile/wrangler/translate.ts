import { resolve } from "node:path";
import type { Json } from "../jsonc.ts";
import type { NormalisedConfig } from "./normalised-config.ts";
import { translateBindings } from "./translate-bindings.ts";
import type { QueueConsumer, Route } from "./triggers.ts";
import { without } from "./without.ts";
import type { Assets, Migration, Observability, Placement, WorkerConfig } from "./worker-config.ts";

/** Where the file stands and what of it was applied. */
export interface Origin
  extends Pick<
    WorkerConfig,
    | "directory"
    | "file"
    | "wrangler"
    | "configFile"
    | "environment"
    | "environmentName"
    | "blocks"
    | "notInherited"
    | "otherBlocks"
    | "warnings"
    | "whereIs"
  > {
  /** The wrangler file's folder, which is another one than the Worker's where a build tool generated it. */
  readonly folder: string;
}

/** `keys`: as wrangler normalised them. What they lack that a Worker has to have is found by `checkWorker`. */
export function translate(keys: NormalisedConfig, { folder, ...origin }: Origin): WorkerConfig {
  const { directory } = origin;
  const routes = routesOf(keys);
  const workersDev = keys.workers_dev ?? routes.length === 0;
  return {
    ...origin,
    name: keys.topLevelName ?? keys.name ?? "",
    redirected: keys.redirected,
    hasBuild: keys.build.command !== undefined,
    tsconfig: keys.tsconfig === undefined ? undefined : resolve(directory, keys.tsconfig),
    accountId: keys.account_id === "" ? undefined : keys.account_id,
    main: keys.main === undefined ? undefined : resolve(directory, keys.main),
    compatibilityDate: keys.compatibility_date ?? "",
    compatibilityFlags: keys.compatibility_flags,
    vars: keys.vars as Readonly<Record<string, Json>>,
    requiredSecrets: keys.secrets?.required ?? [],
    bindings: translateBindings(keys),
    migrations: keys.migrations.map(migration),
    queueConsumers: (keys.queues.consumers ?? []).map(consumer),
    crons: keys.triggers.crons,
    routes,
    workersDev,
    previewUrls: keys.preview_urls ?? workersDev,
    assets: keys.assets === undefined ? undefined : assets(keys.assets, folder),
    observability: keys.observability === undefined ? undefined : observability(keys.observability),
    limits: keys.limits && without({ cpuMs: keys.limits.cpu_ms, subrequests: keys.limits.subrequests }),
    placement: keys.placement && placement(keys.placement),
    logpush: keys.logpush,
    sourceMaps: keys.upload_source_maps ?? false,
    cache:
      keys.cache &&
      without({ enabled: keys.cache.enabled, crossVersionCache: keys.cache.cross_version_cache }),
    tailConsumers: (keys.tail_consumers ?? []).map(without),
  };
}

function migration(step: NonNullable<NormalisedConfig["migrations"]>[number]): Migration {
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

type Consumers = NonNullable<NonNullable<NormalisedConfig["queues"]>["consumers"]>;

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

/** A route in its long form, whichever of its keys it has. */
export interface WrittenRoute {
  readonly pattern: string;
  readonly zone_id?: string;
  readonly zone_name?: string;
  readonly custom_domain?: boolean;
}

/** `routes` before `route`, as wrangler: one of the two can come from the top level, the other from the block. */
function routesOf(keys: NormalisedConfig): readonly Route[] {
  const given = keys.routes ?? (keys.route === undefined || keys.route === "" ? [] : [keys.route]);
  return given.map((written): Route => {
    if (typeof written === "string") return { kind: "route", pattern: written, zone: undefined };
    const route: WrittenRoute = written;
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

/** `undefined` where no folder is named: refused by `checkWorker`. */
function assets(keys: NonNullable<NormalisedConfig["assets"]>, folder: string): Assets | undefined {
  if (keys.directory === undefined) return undefined;
  return without({
    directory: resolve(folder, keys.directory),
    htmlHandling: keys.html_handling,
    notFoundHandling: keys.not_found_handling,
    runWorkerFirst: keys.run_worker_first,
    basePath: keys.base_path,
  });
}

/** The API wants `enabled` at the top; wrangler is content with the one of logs or traces. */
function observability(keys: NonNullable<NormalisedConfig["observability"]>): Observability {
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

/** wrangler has checked it: `targeted` and one of its fields together, and nothing of them with the other modes. */
function placement(keys: NonNullable<NormalisedConfig["placement"]>): Placement | undefined {
  if (keys.mode === "off") return undefined;
  if (keys.mode === "smart") return { mode: keys.mode };
  const { region, host, hostname } = keys as { region?: string; host?: string; hostname?: string };
  return without({ mode: "targeted" as const, region, host, hostname });
}
