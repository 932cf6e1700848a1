import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { declared } from "../../../../tests/helpers/declared.ts";
import type { DeployedWorker } from "../../src/api/cloudflare-deployed.ts";
import { compare, losses, strangers } from "../../src/cli/commands/adopt/compare.ts";
import { consumersToRemove } from "../../src/cli/commands/adopt/consumers.ts";
import { linesToAdd } from "../../src/cli/commands/adopt/suggest.ts";
import type { ConfigBinding } from "../../src/compile/wrangler/bindings.ts";
import type { WorkerConfig } from "../../src/compile/wrangler/worker-config.ts";

const CANARY = "canary-piece";

describe("what adoption compares", () => {
  const deployed = (more: Partial<DeployedWorker>): DeployedWorker => ({
    bindings: [],
    compatibilityDate: "2026-10-01",
    compatibilityFlags: [],
    settings: {
      observability: undefined,
      logpush: false,
      placement: {},
      limits: undefined,
      tail_consumers: [],
      cache_options: undefined,
    },
    hasAssets: false,
    crons: [],
    domains: [],
    routes: [],
    consumes: [],
    subdomain: { enabled: true, previewsEnabled: false },
    migrationTag: undefined,
    versions: 1,
    lastDeployment: undefined,
    unread: [],
    ...more,
  });
  const lost = (has: DeployedWorker, worker = declared("w", []), drop: string[] = [], prod = false) =>
    losses(
      compare(has, worker, prod, (name) => name),
      { drop, external: [] },
    ).map(({ what, name }) => `${what} ${name}`);

  it("finds every kind of loss, and lets each go by its name alone", () => {
    const has = deployed({
      bindings: [
        { name: "VAR", type: "plain_text", text: CANARY },
        { name: "KEY", type: "secret_text" },
        { name: "KV", type: "kv_namespace", namespace_id: "1" },
      ],
      crons: ["* * * * *"],
      domains: [{ id: "d", hostname: "a.example.com" }],
      routes: [{ id: "r", zoneId: "z", pattern: "example.com/*" }],
      consumes: [{ queue: "q", queueId: "1", consumerId: "2" }],
    });
    const worker = declared("w", [], {}, { crons: [], workersDev: false });
    const all = lost(has, worker);
    assert.deepEqual(all, [
      "variable VAR",
      "secret KEY",
      "binding KV",
      "cron * * * * *",
      "domain a.example.com",
      "route example.com/*",
      "queue consumer q",
      "address workers.dev",
    ]);
    const names = ["VAR", "KEY", "KV", "* * * * *", "a.example.com", "example.com/*", "q", "workers.dev"];
    assert.deepEqual(lost(has, worker, names), []);
    for (const name of names) assert.equal(lost(has, worker, [name]).length, all.length - 1, name);
    const differences = compare(has, worker, false, (name) => name);
    assert.ok(!JSON.stringify(differences).includes(CANARY), "a variable's value is told");
    assert.deepEqual(strangers(has, differences, { drop: ["VAR", "NO"], external: ["KV"] }), [
      "--drop NO",
      "--external KV",
    ]);
  });

  it("tells of no addition where somebody else's secret is not there, and says what is not set", () => {
    const worker = declared("w", [], { externalSecrets: ["NOPE"] });
    const has = { ...deployed({}), compatibilityDate: undefined };
    const differences = compare(has, worker, false, (name) => name);
    assert.deepEqual(
      differences.filter(({ name }) => name === "NOPE"),
      [],
    );
    assert.deepEqual(strangers(has, differences, { drop: [], external: ["NOPE"] }), ["--external NOPE"]);
    assert.equal(
      differences.find(({ name }) => name === "compatibility date")?.detail,
      "not set → 2026-10-01",
    );
  });

  it("leaves crons alone where the file does not speak of them", () => {
    assert.deepEqual(lost(deployed({ crons: ["* * * * *"] })), []);
  });

  it("takes another namespace under the same name for a loss, unless the stack's config names the one that is there", () => {
    const has = deployed({ bindings: [{ name: "KV", type: "kv_namespace", namespace_id: "1" }] });
    const config = { bindings: [{ type: "kv_namespace", name: "KV", id: "2" } as const] };
    assert.deepEqual(lost(has, declared("w", [], {}, config)), ["binding KV"]);
    const resources = new Map([["KV", { from: "id", id: "1" } as const]]);
    assert.deepEqual(lost(has, declared("w", [], { resources }, config)), []);
  });

  /** Each type as the API shows it, the same in the file's words, and other values of its fields. */
  const TYPES: readonly (readonly [
    shown: Record<string, unknown>,
    declared: ConfigBinding,
    others: Record<string, unknown>,
  ])[] = [
    [
      { type: "kv_namespace", namespace_id: "1" },
      { type: "kv_namespace", name: "B", id: "1" },
      { namespace_id: "2" },
    ],
    [
      { type: "d1", id: "1", database_id: "1" },
      { type: "d1", name: "B", databaseId: "1", databaseName: "label" },
      { database_id: "2" },
    ],
    [
      { type: "r2_bucket", bucket_name: "a" },
      { type: "r2_bucket", name: "B", bucketName: "a", jurisdiction: undefined },
      { bucket_name: "b", jurisdiction: "eu" },
    ],
    [
      { type: "queue", queue_name: "a" },
      { type: "queue", name: "B", queueName: "a" },
      { queue_name: "b", delivery_delay: 5 },
    ],
    [
      { type: "service", service: "a", environment: "production", entrypoint: "Admin" },
      { type: "service", name: "B", service: "a", entrypoint: "Admin" },
      { service: "b", entrypoint: "Other", props: { role: "admin" } },
    ],
    [
      { type: "durable_object_namespace", class_name: "Room", script_name: "w-dev", namespace_id: "9" },
      { type: "durable_object_namespace", name: "B", className: "Room", scriptName: undefined },
      { class_name: "Hall", script_name: "other" },
    ],
    [
      { type: "workflow", workflow_name: "a", class_name: "Flow" },
      { type: "workflow", name: "B", workflowName: "a", className: "Flow", scriptName: undefined },
      { workflow_name: "b", class_name: "Other", script_name: "other" },
    ],
    [
      { type: "analytics_engine", dataset: "a" },
      { type: "analytics_engine", name: "B", dataset: "a" },
      { dataset: "b" },
    ],
    [{ type: "hyperdrive", id: "a" }, { type: "hyperdrive", name: "B", id: "a" }, { id: "b" }],
    [
      { type: "vectorize", index_name: "a" },
      { type: "vectorize", name: "B", indexName: "a" },
      { index_name: "b" },
    ],
    [
      { type: "mtls_certificate", certificate_id: "a" },
      { type: "mtls_certificate", name: "B", certificateId: "a" },
      { certificate_id: "b" },
    ],
    [
      { type: "ratelimit", namespace_id: "1", simple: { period: 60, limit: 5 } },
      { type: "ratelimit", name: "B", namespaceId: "1", limit: 5, period: 60 },
      { namespace_id: "2", simple: { limit: 6, period: 60 } },
    ],
    [
      { type: "secrets_store_secret", store_id: "a", secret_name: "s" },
      { type: "secrets_store_secret", name: "B", storeId: "a", secretName: "s" },
      { store_id: "b", secret_name: "t" },
    ],
    [
      { type: "send_email", allowed_destination_addresses: ["b@a.example", "a@a.example"] },
      {
        type: "send_email",
        name: "B",
        destinationAddress: undefined,
        allowedDestinationAddresses: ["a@a.example", "b@a.example"],
        allowedSenderAddresses: undefined,
      },
      {
        destination_address: "a@a.example",
        allowed_destination_addresses: ["a@a.example"],
        allowed_sender_addresses: ["a@a.example"],
      },
    ],
    [
      {
        type: "dispatch_namespace",
        namespace: "a",
        outbound: { worker: { service: "out", environment: "production" }, params: [{ name: "user" }] },
      },
      {
        type: "dispatch_namespace",
        name: "B",
        namespace: "a",
        outbound: { service: "out", parameters: ["user"] },
      },
      { namespace: "b", outbound: { worker: { service: "out" }, params: [] } },
    ],
    [
      { type: "vpc_service", service_id: "a" },
      { type: "vpc_service", name: "B", serviceId: "a" },
      { service_id: "b" },
    ],
  ];

  for (const [shown, binding, others] of TYPES) {
    it(`sees every field of a ${binding.type} binding that leads elsewhere, and nothing where none does`, () => {
      const has = (fields: Record<string, unknown>) =>
        deployed({ bindings: [{ ...fields, name: "B", type: binding.type }] });
      const worker = declared("w", [], {}, { bindings: [binding] });
      assert.deepEqual(lost(has(shown), worker), []);
      for (const [field, value] of Object.entries(others))
        assert.deepEqual(lost(has({ ...shown, [field]: value }), worker), ["binding B"], field);
      // The API leaves out what is not set; then the first 'up' would set it.
      const optional = ["entrypoint", "outbound", "allowed_destination_addresses"];
      for (const field of optional.filter((one) => one in shown)) {
        const { [field]: _, ...rest } = shown;
        assert.deepEqual(lost(has(rest), worker), ["binding B"], `without ${field}`);
      }
    });
  }

  it("goes by the stack's own names of Workers, and leaves open what another stack's output will say", () => {
    const has = deployed({
      bindings: [
        { name: "B", type: "service", service: "auth-dev" },
        { name: "KV", type: "kv_namespace", namespace_id: "1" },
      ],
    });
    const bindings: ConfigBinding[] = [
      { type: "service", name: "B", service: "auth", entrypoint: undefined },
      { type: "kv_namespace", name: "KV", id: undefined },
    ];
    const source = { from: "output", stack: "infra/dev", output: "cache" } as const;
    const worker = declared("w", [], { resources: new Map([["KV", source]]) }, { bindings });
    const found = compare(has, worker, false, (name) => `${name}-dev`);
    assert.deepEqual(losses(found, { drop: [], external: [] }), []);
    assert.equal(
      losses(
        compare(has, worker, false, (name) => name),
        { drop: [], external: [] },
      ).length,
      1,
    );
  });

  it("takes static assets and tail consumers that the file lacks for losses", () => {
    const has = deployed({
      hasAssets: true,
      settings: { ...deployed({}).settings, tail_consumers: [{ service: "tail" }, { service: "kept" }] },
    });
    const worker = declared("w", [], {}, { tailConsumers: [{ service: "kept" }] });
    assert.deepEqual(lost(has, worker), ["tail consumer tail", "assets static assets"]);
    assert.deepEqual(lost(has, worker, ["tail", "static assets"]), []);
  });

  it("tells the settings that change, and none that only looks different", () => {
    const changed = (settings: Partial<DeployedWorker["settings"]>, config: Partial<WorkerConfig> = {}) =>
      compare(
        deployed({ settings: { ...deployed({}).settings, ...settings } }),
        declared("w", [], {}, config),
        false,
        (name) => name,
      ).flatMap(({ what, name, change, detail }) =>
        what === "setting" && change === "changed" ? [`${name}: ${detail}`] : [],
      );
    const logs = { enabled: true, invocation_logs: true };
    assert.deepEqual(
      changed(
        {
          observability: { enabled: false, logs: { ...logs, persist: true, destinations: [] } },
          placement: { mode: "smart", last_analyzed_at: "2026-01-01", status: "SUCCESS" },
          limits: { cpu_ms: 50 },
          cache_options: { enabled: false },
          logpush: null,
        },
        {
          observability: { enabled: false, logs: { enabled: true, invocationLogs: true } },
          placement: { mode: "smart" },
          limits: { cpuMs: 50 },
        },
      ),
      [],
    );
    assert.deepEqual(changed({ observability: { enabled: true } }, {}), [
      "observability: {enabled: true, head_sampling_rate: 1, logs: {destinations: [], enabled: true, head_sampling_rate: 1, invocation_logs: true, persist: true}} → off",
    ]);
    assert.deepEqual(changed({ limits: { cpu_ms: 50 } }, { limits: { cpuMs: 50, subrequests: 5 } }), [
      "limits: {cpu_ms: 50} → {cpu_ms: 50, subrequests: 5}",
    ]);
    assert.deepEqual(changed({ placement: { mode: "targeted", region: "aws:us-east-1" } }), [
      "placement: {mode: targeted, region: aws:us-east-1} → none",
    ]);
    assert.deepEqual(changed({}, { cache: { enabled: true } }), ["cache: none → {enabled: true}"]);
  });

  it("says that a gradual deployment ends, and how a queue's consumer is taken over", () => {
    const has = deployed({
      lastDeployment: { on: "2026-11-01", by: "a@example.com", source: "api", versions: 2 },
      consumes: [{ queue: "jobs", queueId: "1", consumerId: "2" }],
    });
    const found = compare(has, declared("w", [], {}, { queueConsumers: [{ queue: "jobs" }] }), false, String);
    assert.ok(
      found.some(({ name, change }) => name === "gradual deployment" && change === "changed"),
      JSON.stringify(found),
    );
    assert.deepEqual(consumersToRemove("w", found), ["npx wrangler queues consumer remove jobs w"]);
  });

  it("suggests each key once, in the file's own language, and never a variable's value", () => {
    const has = deployed({
      bindings: [
        { name: "VAR", type: "plain_text", text: CANARY },
        { name: "ONE", type: "secret_text" },
        { name: "TWO", type: "secret_text" },
        { name: "KV", type: "kv_namespace", namespace_id: "1" },
        { name: "KV2", type: "kv_namespace", namespace_id: "2" },
        { name: "OUT", type: "queue", queue_name: "jobs" },
      ],
      consumes: [{ queue: "jobs", queueId: "1", consumerId: "2" }],
      crons: ["0 3 * * *", "* * * * *"],
    });
    const worker = declared("w", [], {}, { crons: [] });
    const differences = losses(compare(has, worker, false, String), { drop: [], external: [] });
    const json = linesToAdd(has, differences, "wrangler.jsonc");
    const wanted = {
      vars: { VAR: "…" },
      secrets: { required: ["ONE", "TWO"] },
      kv_namespaces: [
        { binding: "KV", id: "1" },
        { binding: "KV2", id: "2" },
      ],
      queues: { producers: [{ binding: "OUT", queue: "jobs" }], consumers: [{ queue: "jobs" }] },
      triggers: { crons: ["0 3 * * *", "* * * * *"] },
    };
    assert.deepEqual(JSON.parse(`{${json.filter((line) => line.startsWith('"')).join(",")}}`), wanted);
    const toml = linesToAdd(has, differences, "packages/w/wrangler.toml");
    assert.match(toml.at(-1) ?? "", /the values of variables/);
    assert.deepEqual(JSON.parse(JSON.stringify(parse(toml.slice(0, -1).join("\n")))), wanted);
    assert.ok(!JSON.stringify([json, toml]).includes(CANARY));
  });
});
