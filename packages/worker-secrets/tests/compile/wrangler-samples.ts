import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ReadContext, readWorkerConfig } from "../../src/compile/wrangler/read.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";
import type { Fault } from "../../src/faults.ts";

export const TODAY = new Date("2026-11-01T12:00:00Z");

export type Keys = Readonly<Record<string, unknown>>;

/** The least that a file has to say. */
export const BASE: Keys = { name: "shop", main: "index.js", compatibility_date: "2026-10-01" };

/**
 * Values of each translated key that leave nothing out: every translated key is in one of them. More than one where
 * keys exclude each other.
 */
export const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  name: ["shop"],
  account_id: ["a".repeat(32)],
  main: ["index.js"],
  compatibility_date: ["2026-10-01"],
  compatibility_flags: [["nodejs_compat"]],
  migrations: [
    [
      {
        tag: "v1",
        new_classes: ["A"],
        new_sqlite_classes: ["B"],
        renamed_classes: [{ from: "C", to: "D" }],
        transferred_classes: [{ from: "E", from_script: "other", to: "F" }],
        deleted_classes: ["G"],
      },
    ],
  ],
  limits: [{ cpu_ms: 50, subrequests: 20 }],
  placement: [
    { mode: "smart" },
    { mode: "targeted", region: "aws:us-east-1" },
    { host: "db.example:5432" },
    { hostname: "api.example" },
  ],
  logpush: [true],
  observability: [
    {
      enabled: true,
      head_sampling_rate: 0.5,
      issues: { enabled: true },
      logs: {
        enabled: true,
        head_sampling_rate: 0.25,
        invocation_logs: false,
        persist: false,
        destinations: ["one"],
      },
      traces: { enabled: true, head_sampling_rate: 0.25, persist: false, destinations: ["two"] },
    },
  ],
  cache: [{ enabled: true, cross_version_cache: true }],
  workers_dev: [false],
  preview_urls: [true],
  route: [
    "a.example/*",
    { pattern: "a.example/*", zone_id: "z" },
    { pattern: "a.example/*", zone_name: "example" },
    { pattern: "a.example", custom_domain: true },
  ],
  routes: [
    ["a.example/*"],
    [{ pattern: "a.example", custom_domain: true, zone_name: "example" }],
    [{ pattern: "a.example/*", zone_id: "z" }],
  ],
  triggers: [{ crons: ["* * * * *"] }],
  rules: [[{ type: "Text", globs: ["**/*.md"], fallthrough: true }]],
  define: [{ NAME: '"value"' }],
  alias: [{ old: "./index.js" }],
  minify: [true],
  keep_names: [false],
  no_bundle: [true],
  tsconfig: ["tsconfig.json"],
  jsx_factory: ["h"],
  jsx_fragment: ["Fragment"],
  upload_source_maps: [true],
  build: [{ command: "npm run build", cwd: ".", watch_dir: "src" }],
  find_additional_modules: [true],
  preserve_file_names: [true],
  base_dir: ["."],
  assets: [
    {
      directory: "public",
      binding: "ASSETS",
      html_handling: "none",
      not_found_handling: "404-page",
      run_worker_first: ["/api/*"],
      base_path: "/shop",
    },
  ],
  kv_namespaces: [[{ binding: "KV", id: "kv-id" }]],
  d1_databases: [[{ binding: "DB", database_id: "d1-id", database_name: "orders" }]],
  r2_buckets: [[{ binding: "FILES", bucket_name: "files", jurisdiction: "eu" }]],
  queues: [
    {
      producers: [{ binding: "OUT", queue: "jobs" }],
      consumers: [
        {
          queue: "jobs",
          max_batch_size: 5,
          max_batch_timeout: 6,
          max_retries: 7,
          dead_letter_queue: "dead",
          max_concurrency: 8,
          retry_delay: 9,
        },
      ],
    },
  ],
  services: [[{ binding: "OTHER", service: "other", entrypoint: "Admin" }]],
  durable_objects: [{ bindings: [{ name: "ROOM", class_name: "Room", script_name: "rooms" }] }],
  workflows: [[{ binding: "FLOW", name: "flow", class_name: "Flow", script_name: "flows" }]],
  ai: [{ binding: "AI" }],
  browser: [{ binding: "BROWSER" }],
  images: [{ binding: "IMAGES" }],
  media: [{ binding: "MEDIA" }],
  version_metadata: [{ binding: "VERSION" }],
  analytics_engine_datasets: [[{ binding: "EVENTS", dataset: "events" }]],
  hyperdrive: [[{ binding: "SQL", id: "hd-id" }]],
  vectorize: [[{ binding: "INDEX", index_name: "index" }]],
  mtls_certificates: [[{ binding: "CERT", certificate_id: "cert-id" }]],
  pipelines: [[{ binding: "PIPE", stream: "s-1" }], [{ binding: "PIPE", pipeline: "s-2" }]],
  ratelimits: [[{ name: "LIMIT", namespace_id: "1", simple: { limit: 5, period: 60 } }]],
  secrets_store_secrets: [[{ binding: "STORED", store_id: "store", secret_name: "secret" }]],
  send_email: [
    [{ name: "MAIL", destination_address: "a@example.com", allowed_sender_addresses: ["c@example.com"] }],
    [{ name: "MAIL", allowed_destination_addresses: ["b@example.com"] }],
  ],
  dispatch_namespaces: [
    [
      {
        binding: "USERS",
        namespace: "users",
        outbound: { service: "egress", environment: "production", parameters: ["user"] },
      },
    ],
  ],
  vpc_services: [[{ binding: "VPC", service_id: "vpc-id" }]],
  tail_consumers: [[{ service: "tail", environment: "production" }]],
  vars: [{ GREETING: "hello", NESTED: { list: [1, null] } }],
  secrets: [{ required: ["API_KEY"] }],
};

/** Another good value of keys where not every value is one. */
export const OTHERS: Readonly<Record<string, unknown>> = {
  main: "other.js",
  compatibility_date: "2026-09-30",
  "placement.mode": "off",
  "rules[].type": "Data",
  "assets.directory": "files",
  "ratelimits[].simple": { limit: 6, period: 60 },
  "ratelimits[].simple.period": 10,
};

/** Writes a Worker's folder with what the samples point at. */
export function sampleFolder(root: string, name: string, file: string, text: string): string {
  const folder = join(root, name);
  for (const assets of ["public", "files"]) mkdirSync(join(folder, assets), { recursive: true });
  for (const entry of ["index.js", "other.js"]) {
    writeFileSync(join(folder, entry), "export default { fetch() { return new Response('ok'); } };\n");
  }
  writeFileSync(join(folder, "tsconfig.json"), "{}");
  writeFileSync(join(folder, file), text);
  return folder;
}

/** The config without its one function, or the faults. */
export type Outcome =
  | { readonly config: Omit<WorkerConfig, "whereIs">; readonly faults?: never }
  | { readonly faults: readonly Fault[]; readonly config?: never };

export async function readSample(
  folder: string,
  root: string,
  context: Partial<ReadContext> = {},
): Promise<Outcome> {
  const faults: Fault[] = [];
  const worker = await readWorkerConfig(
    folder,
    { root, environment: undefined, today: TODAY, ...context },
    faults,
  );
  if (worker === undefined) return { faults };
  const { whereIs: _, ...config } = worker;
  return { config };
}
