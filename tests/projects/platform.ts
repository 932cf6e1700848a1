import type { Project } from "./project.ts";

const ROOM = `import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
  async fetch() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS visits (n INTEGER)");
    this.ctx.storage.sql.exec("INSERT INTO visits VALUES (1)");
    return Response.json(this.ctx.storage.sql.exec("SELECT count(*) AS n FROM visits").one());
  }
}
export default { fetch: (request, env) => env.ROOM.get(env.ROOM.idFromName("one")).fetch(request) };`;
const NAMES =
  "export default { fetch: (request, env) => Response.json(Object.keys(env).sort()), queue() {}, scheduled() {}, tail() {} };";

/** What the platform offers beside code: bindings, objects, triggers, addresses. */
export const platform: readonly Project[] = [
  {
    name: "objects-with-sql",
    config: {
      main: "index.js",
      durable_objects: { bindings: [{ name: "ROOM", class_name: "Room" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Room"] }],
    },
    files: { "index.js": ROOM },
    paths: ["/", "/"],
    answers: '{"n":1}',
  },
  {
    name: "objects-renamed",
    config: {
      main: "index.js",
      durable_objects: { bindings: [{ name: "ROOM", class_name: "Room" }] },
      migrations: [
        { tag: "v1", new_sqlite_classes: ["Hall"], new_classes: ["Old"] },
        { tag: "v2", renamed_classes: [{ from: "Hall", to: "Room" }] },
        { tag: "v3", deleted_classes: ["Old"] },
      ],
    },
    files: { "index.js": ROOM },
    answers: '{"n":1}',
  },
  {
    name: "workflow",
    config: { main: "index.js", workflows: [{ name: "flow", binding: "FLOW", class_name: "Flow" }] },
    files: {
      "index.js":
        'import { WorkflowEntrypoint } from "cloudflare:workers";\nexport class Flow extends WorkflowEntrypoint { async run(event, step) { return step.do("one", async () => 1); } }\nexport default { fetch: (request, env) => new Response(typeof env.FLOW.create) };',
    },
    answers: "function",
  },
  {
    name: "queue-both-ends",
    config: {
      main: "index.js",
      queues: {
        producers: [{ binding: "OUT", queue: "jobs" }],
        consumers: [
          { queue: "jobs", max_batch_size: 5, max_batch_timeout: 2, max_retries: 4, retry_delay: 3 },
        ],
      },
    },
    files: { "index.js": NAMES },
    answers: '["OUT"]',
  },
  {
    name: "called-service",
    config: { main: "index.js", workers_dev: false },
    files: {
      "index.js":
        'import { WorkerEntrypoint } from "cloudflare:workers";\nexport class Sums extends WorkerEntrypoint { add(a, b) { return a + b; } }\nexport default { fetch: () => new Response("called") };',
    },
    answers: /./,
  },
  {
    name: "calling-service",
    config: {
      main: "index.js",
      services: [
        { binding: "OTHER", service: "called-service" },
        { binding: "SUMS", service: "called-service", entrypoint: "Sums" },
      ],
    },
    files: {
      "index.js":
        "export default { fetch: async (request, env) => new Response(await (await env.OTHER.fetch(request)).text() + await env.SUMS.add(1, 2)) };",
    },
    answers: "called3",
  },
  {
    name: "stores",
    config: {
      main: "index.js",
      kv_namespaces: [{ binding: "KV", id: "$KV" }],
      d1_databases: [{ binding: "DB", database_id: "$D1", database_name: "db" }],
      r2_buckets: [{ binding: "FILES", bucket_name: "files" }],
    },
    files: {
      "index.js":
        "export default { fetch: async (request, env) => { await env.KV.put('k', 'kept'); await env.FILES.put('f', 'filed'); const { one } = await env.DB.prepare('SELECT 1 AS one').first(); return new Response(await env.KV.get('k') + await (await env.FILES.get('f')).text() + one); } };",
    },
    answers: "keptfiled1",
  },
  {
    name: "other-bindings",
    config: {
      main: "index.js",
      ai: { binding: "AI" },
      analytics_engine_datasets: [{ binding: "DATA", dataset: "set" }],
      browser: { binding: "BROWSER" },
      hyperdrive: [{ binding: "HYPER", id: "0123456789abcdef0123456789abcdef" }],
      images: { binding: "IMAGES" },
      send_email: [{ name: "MAIL", allowed_destination_addresses: ["a@example.com"] }],
      vectorize: [{ binding: "INDEX", index_name: "vectors" }],
      version_metadata: { binding: "VERSION" },
      ratelimits: [{ name: "LIMIT", namespace_id: "1001", simple: { limit: 10, period: 60 } }],
    },
    files: { "index.js": NAMES },
    answers: '"VERSION"',
  },
  {
    name: "triggers-and-settings",
    config: {
      main: "index.js",
      triggers: { crons: ["*/5 * * * *", "0 3 * * MON"] },
      limits: { cpu_ms: 50 },
      placement: { mode: "smart" },
      logpush: true,
      observability: {
        enabled: true,
        head_sampling_rate: 0.5,
        logs: { enabled: true, invocation_logs: false },
      },
      preview_urls: true,
    },
    files: { "index.js": NAMES },
    answers: "[]",
  },
  {
    name: "tail-consumer",
    config: { main: "index.js" },
    files: { "index.js": NAMES },
    answers: "[]",
  },
  {
    name: "tailed",
    config: { main: "index.js", tail_consumers: [{ service: "tail-consumer" }] },
    files: { "index.js": NAMES },
    answers: "[]",
  },
  {
    name: "routes_and_domains",
    config: {
      main: "index.js",
      workers_dev: false,
      preview_urls: false,
      routes: [
        { pattern: "routes.example.com", custom_domain: true },
        { pattern: "example.com/routed/*", zone_name: "example.com" },
      ],
    },
    files: { "index.js": NAMES },
    answers: /./,
  },
  {
    name: "toml-block-live",
    file: "wrangler.toml",
    environment: "live",
    config: `name = "toml-block"
main = "index.js"
compatibility_date = "2026-10-01"
upload_source_maps = true

[vars]
WHERE = "top"

[env.live.vars]
WHERE = "live"
`,
    files: { "index.js": "export default { fetch: (request, env) => new Response(env.WHERE) };" },
    answers: "live",
  },
  {
    name: "first-of-folder",
    folder: "two-in-one",
    file: "wrangler.first.jsonc",
    config: { main: "index.js", vars: { WHICH: "first" } },
    files: { "index.js": "export default { fetch: (request, env) => new Response(env.WHICH) };" },
    answers: "first",
  },
  {
    name: "second-of-folder",
    folder: "two-in-one",
    file: "wrangler.second.jsonc",
    config: { main: "index.js", vars: { WHICH: "second" } },
    files: {},
    answers: "second",
  },
];
