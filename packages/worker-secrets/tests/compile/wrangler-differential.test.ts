import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import type { ConfigBinding } from "../../src/compile/wrangler/bindings.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";
import { BASE, type Keys, readSample, SAMPLES, sampleFolder } from "./wrangler-samples.ts";

/**
 * wrangler's own reader on the same random files: whatever it makes of a file and an `env` block, the stack's parser
 * has to have too.
 */

/** Keys that say the same with any value, for which the samples are enough. */
const sampled = (keys: readonly string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, fc.constantFrom(...(SAMPLES[key] ?? []))])), {
    requiredKeys: [],
  });

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const variables = fc.dictionary(
  fc.stringMatching(/^[A-Z]{1,3}_V$/),
  fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.record({ inner: fc.array(fc.string(), { maxLength: 3 }) }),
  ),
  { maxKeys: 3 },
);
const generated = fc.record(
  {
    vars: variables,
    secrets: fc.record({ required: fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,3}_S$/), { maxLength: 3 }) }),
    kv_namespaces: fc.uniqueArray(
      fc.record({ binding: fc.stringMatching(/^[A-Z]{1,3}_K$/), id: word }, { requiredKeys: ["binding"] }),
      { selector: ({ binding }) => binding, maxLength: 3 },
    ),
    triggers: fc.record({ crons: fc.subarray(["* * * * *", "0 0 * * *"]) }),
    compatibility_flags: fc.uniqueArray(fc.constantFrom("nodejs_compat", "global_navigator"), {
      maxLength: 2,
    }),
    workers_dev: fc.boolean(),
    preview_urls: fc.boolean(),
    account_id: fc.constantFrom("", "a".repeat(32)),
    minify: fc.boolean(),
    logpush: fc.boolean(),
    define: fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), fc.constantFrom('"a"', "1"), { maxKeys: 2 }),
  },
  { requiredKeys: [] },
);
const repeated = [
  ...["limits", "placement", "observability", "cache", "migrations", "rules", "assets", "keep_names"],
  ...[
    "tsconfig",
    "jsx_factory",
    "jsx_fragment",
    "upload_source_maps",
    "routes",
    "d1_databases",
    "r2_buckets",
  ],
  ...["queues", "services", "durable_objects", "workflows", "ai", "browser", "analytics_engine_datasets"],
  ...["hyperdrive", "vectorize", "mtls_certificates", "send_email", "version_metadata", "tail_consumers"],
  ...[
    "dispatch_namespaces",
    "pipelines",
    "ratelimits",
    "secrets_store_secrets",
    "vpc_services",
    "images",
    "media",
  ],
];
const block = fc
  .tuple(
    generated,
    sampled(repeated),
    fc.record({ name: word, main: fc.constantFrom("index.js", "other.js") }, { requiredKeys: [] }),
  )
  .map(([one, two, three]): Keys => ({ ...one, ...two, ...three }));
const file = fc
  .record({
    top: block,
    blocks: fc.dictionary(fc.constantFrom("prod", "staging", "dev"), block, { maxKeys: 3 }),
  })
  .map(
    ({ top, blocks }): Keys => ({ ...BASE, ...top, ...(Object.keys(blocks).length > 0 && { env: blocks }) }),
  );

describe("a random wrangler file", () => {
  const root = tempFolder();

  for (const format of ["wrangler.json", "wrangler.toml"] as const) {
    it(`means the same to wrangler and to the stack, as ${format} and in each of its environments`, async () => {
      const { unstable_readConfig } = await import("wrangler");
      let blocks = 0;
      await fc.assert(
        fc.asyncProperty(file, async (keys) => {
          const text = format === "wrangler.toml" ? stringify(keys) : JSON.stringify(keys);
          const folder = sampleFolder(root, format, format, text);
          for (const environment of [undefined, ...Object.keys((keys.env ?? {}) as Keys)]) {
            blocks += environment === undefined ? 0 : 1;
            const { config, faults } = await readSample(folder, root, { environment });
            assert.ok(config, JSON.stringify(faults));
            const theirs = unstable_readConfig(
              { config: join(folder, format), ...(environment !== undefined && { env: environment }) },
              { hideWarnings: true },
            );
            assert.deepEqual(ours(config, folder), plain(expected(theirs as unknown as Keys)));
          }
        }),
        { numRuns: 150 },
      );
      assert.ok(blocks > 100);
    });
  }
});

/** JSON knows no `undefined`. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function ours(config: Omit<WorkerConfig, "whereIs">, folder: string): unknown {
  const { environment, environmentName, bindings, bundling, assets, ...rest } = config;
  return plain({
    name: environmentName ?? (environment === undefined ? config.name : `${config.name}-${environment}`),
    main: rest.main,
    account: rest.accountId,
    date: rest.compatibilityDate,
    flags: rest.compatibilityFlags,
    vars: rest.vars,
    secrets: rest.requiredSecrets,
    crons: rest.crons,
    routes: rest.routes.map((route) =>
      route.kind === "route" ? route.pattern : `${route.hostname} (domain)`,
    ),
    workersDev: rest.workersDev,
    previews: rest.previewUrls,
    migrations: rest.migrations.map(({ tag, newClasses }) => [tag, ...newClasses]),
    limits: rest.limits?.cpuMs,
    placement: rest.placement,
    logpush: rest.logpush,
    observability: rest.observability?.headSamplingRate,
    logs: rest.observability?.logs?.headSamplingRate,
    cache: rest.cache?.enabled,
    tails: rest.tailConsumers,
    consumers: rest.queueConsumers.map(({ queue, maxRetries }) => [queue, maxRetries]),
    assets: assets?.directory.slice(folder.length + 1),
    bindings: bindings.map(reference).sort(),
    minify: bundling.minify,
    keepNames: bundling.keepNames,
    sourceMaps: bundling.sourceMaps,
    define: bundling.define,
    tsconfig: bundling.tsconfig !== undefined,
    jsx: [bundling.jsxFactory ?? "React.createElement", bundling.jsxFragment ?? "React.Fragment"],
    rules: bundling.rules.slice(0, -3).map(({ type, globs }) => [type, ...globs]),
  });
}

/** Type, name and what is bound, in one line. */
function reference(binding: ConfigBinding): string {
  const { type, name, ...rest } = binding;
  const labels = ["databaseName", "jurisdiction", "period"];
  const parts = Object.entries(rest).filter(([key, value]) => value !== undefined && !labels.includes(key));
  return [type, name, ...parts.map(([, value]) => JSON.stringify(value))].join(" ");
}

/** Where each list of bindings stands in wrangler's result, the API's type, and what a binding's line shows. */
const LISTS: readonly (readonly [path: string, type: string, ...fields: string[]])[] = [
  ["kv_namespaces", "kv_namespace", "binding", "id"],
  ["d1_databases", "d1", "binding", "database_id"],
  ["r2_buckets", "r2_bucket", "binding", "bucket_name"],
  ["queues.producers", "queue", "binding", "queue"],
  ["services", "service", "binding", "service", "entrypoint"],
  ["durable_objects.bindings", "durable_object_namespace", "name", "class_name", "script_name"],
  ["workflows", "workflow", "binding", "name", "class_name", "script_name"],
  ["assets", "assets", "binding"],
  ["ai", "ai", "binding"],
  ["browser", "browser", "binding"],
  ["images", "images", "binding"],
  ["media", "media", "binding"],
  ["version_metadata", "version_metadata", "binding"],
  ["analytics_engine_datasets", "analytics_engine", "binding", "dataset"],
  ["hyperdrive", "hyperdrive", "binding", "id"],
  ["vectorize", "vectorize", "binding", "index_name"],
  ["mtls_certificates", "mtls_certificate", "binding", "certificate_id"],
  ["pipelines", "pipelines", "binding", "stream", "pipeline"],
  ["ratelimits", "ratelimit", "name", "namespace_id", "simple.limit"],
  ["secrets_store_secrets", "secrets_store_secret", "binding", "store_id", "secret_name"],
  [
    "send_email",
    "send_email",
    "name",
    "destination_address",
    "allowed_destination_addresses",
    "allowed_sender_addresses",
  ],
  ["dispatch_namespaces", "dispatch_namespace", "binding", "namespace", "outbound"],
  ["vpc_services", "vpc_service", "binding", "service_id"],
];

/** The same out of wrangler's result, whose package ships no types for it that stand alone. */
function expected(config: Keys): unknown {
  const list = (path: string): unknown[] => [at(config, path) ?? []].flat();
  const bindings = LISTS.flatMap(([path, type, name, ...fields]) =>
    list(path).flatMap((binding) => {
      const parts = fields.map((field) => at(binding, field)).filter((part) => part !== undefined);
      const bound = at(binding, name ?? "");
      return bound === undefined
        ? []
        : [[type, bound, ...parts.map((part) => JSON.stringify(part))].join(" ")];
    }),
  );
  const routes = (config.routes ?? (config.route === undefined ? [] : [config.route])) as unknown[];
  const placement = config.placement as Keys | undefined;
  return {
    name: config.name,
    main: config.main,
    account: config.account_id,
    date: config.compatibility_date,
    flags: config.compatibility_flags,
    vars: config.vars,
    secrets: list("secrets.required"),
    crons: at(config, "triggers.crons"),
    routes: routes.map((route) => {
      if (typeof route === "string") return route;
      return at(route, "custom_domain") === true ? `${at(route, "pattern")} (domain)` : at(route, "pattern");
    }),
    // What wrangler's deployment makes of the two when the file does not say; preview URLs follow workers.dev there.
    workersDev: config.workers_dev ?? routes.length === 0,
    previews: config.preview_urls ?? config.workers_dev ?? routes.length === 0,
    migrations: list("migrations").map((step) => [at(step, "tag"), ...(at(step, "new_classes") as string[])]),
    limits: at(config, "limits.cpu_ms"),
    placement: placement === undefined ? undefined : { mode: "targeted", ...placement },
    logpush: config.logpush,
    observability: at(config, "observability.head_sampling_rate"),
    logs: at(config, "observability.logs.head_sampling_rate"),
    cache: at(config, "cache.enabled"),
    tails: list("tail_consumers"),
    consumers: list("queues.consumers").map((consumer) => [
      at(consumer, "queue"),
      at(consumer, "max_retries"),
    ]),
    assets: at(config, "assets.directory"),
    bindings: bindings.sort(),
    minify: config.minify ?? false,
    keepNames: config.keep_names ?? true,
    // The one default that is another one on purpose.
    sourceMaps: config.upload_source_maps ?? false,
    define: config.define,
    tsconfig: config.tsconfig !== undefined,
    jsx: [config.jsx_factory, config.jsx_fragment],
    rules: list("rules").map((rule) => [
      String(at(rule, "type")).toLowerCase(),
      ...(at(rule, "globs") as string[]),
    ]),
  };
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Keys | undefined)?.[key], value);
}
