import assert from "node:assert/strict";
import { after, before } from "mocha";
import { scripts, versions } from "../src/cloudflare/model.ts";
import { fieldFaults } from "../src/cloudflare/scripts/binding-types.ts";
import {
  type Half,
  identity,
  newFolder,
  removeFolder,
  SCRIPTS,
  SHOW_ENV,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

const CANARY = "canary-7d1b";

/** A class of Durable Objects that counts, and a Worker that asks it. */
const counter = (name: string) => `
import { DurableObject } from "cloudflare:workers";
export class ${name} extends DurableObject {
  async next() {
    const value = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", value);
    return value;
  }
}
export default {
  async fetch(request, env) {
    return new Response(String(await env.COUNTER.get(env.COUNTER.idFromName("one")).next()));
  },
};`;

const COUNTER = { name: "COUNTER", type: "durable_object_namespace", class_name: "Counter" };

describe("sandbox/cloudflare: what bindings name", function () {
  this.timeout(120_000);
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
    await half.call("PUT", `${SCRIPTS}/there`, upload(SHOW_ENV));
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  const put = (name: string, source: string, metadata: Readonly<Record<string, unknown>>) =>
    half.call("PUT", `${SCRIPTS}/${name}`, upload(source, metadata));
  const ask = async (name: string) => (await fetch(`${half.workersUrl}/${name}/`)).text();

  const id = "0".repeat(32);
  const unknown: readonly [code: number, text: RegExp, binding: Record<string, unknown>][] = [
    [10042, /'placeholder' is not valid/, { type: "kv_namespace", namespace_id: "placeholder" }],
    [10041, /not found/, { type: "kv_namespace", namespace_id: id }],
    [10181, /D1 binding 'B' references database '1' which was not found/, { type: "d1", id: "1" }],
    [10085, /R2 bucket 'b' not found/, { type: "r2_bucket", bucket_name: "b" }],
    [11000, /'q'/, { type: "queue", queue_name: "q" }],
    [
      10143,
      /Service binding 'B' references Worker 'x' which was not found/,
      { type: "service", service: "x" },
    ],
    [10143, /'self'/, { type: "service", service: "self" }],
    [10182, /'s'/, { type: "secrets_store_secret", store_id: id, secret_name: "s" }],
    [10061, /class 'C' because it is not currently/, { type: "durable_object_namespace", class_name: "C" }],
    [
      10061,
      /class in script 'x' that does not exist/,
      { type: "durable_object_namespace", class_name: "C", script_name: "x" },
    ],
    [10066, /not found/, { type: "durable_object_namespace", namespace_id: id }],
    [10021, /unknown type/, { type: "surprise" }],
    [10021, /must have a valid `id` specified$/, { type: "d1" }],
    [10021, /index_name property for binding B/, { type: "vectorize" }],
    [10021, /simple property/, { type: "ratelimit", namespace_id: "1", simple: { limit: 1, period: 7 } }],
    [
      10021,
      /algorithm property/,
      { type: "secret_key", key_base64: CANARY, format: "raw", usages: ["sign"] },
    ],
  ];
  for (const [code, text, binding] of unknown) {
    it(`${code}: ${JSON.stringify(binding)}`, async () => {
      const { status, body, codes } = await put("self", SHOW_ENV, { bindings: [{ name: "B", ...binding }] });
      assert.deepEqual([status, codes], [400, [code]]);
      assert.match(body.errors[0]?.message ?? "", text);
      assert.ok(!JSON.stringify(body).includes(CANARY));
      assert.equal((await half.call("GET", `${SCRIPTS}/self/settings`)).status, 404);
    });
  }
  it("says everything that is wrong with one upload", async () => {
    const bindings = [
      { name: "A", type: "r2_bucket", bucket_name: "b" },
      { name: "B", type: "service", service: "x" },
    ];
    assert.deepEqual((await put("self", SHOW_ENV, { bindings })).codes, [10085, 10143]);
  });

  it("takes and answers every other type, and runs the Worker all the same", async () => {
    const bindings = [
      { name: "AE", type: "analytics_engine", dataset: "d" },
      { name: "AI", type: "ai" },
      { name: "BROWSER", type: "browser" },
      { name: "DISPATCH", type: "dispatch_namespace", namespace: "n" },
      { name: "EMAIL", type: "send_email" },
      { name: "HD", type: "hyperdrive", id: "h" },
      { name: "IMAGES", type: "images" },
      { name: "MTLS", type: "mtls_certificate", certificate_id: "c" },
      { name: "PIPE", type: "pipelines", pipeline: "p" },
      { name: "RATE", type: "ratelimit", namespace_id: "1", simple: { limit: 1, period: 60 } },
      { name: "VECTOR", type: "vectorize", index_name: "i" },
      { name: "VERSION", type: "version_metadata" },
      { name: "VPC", type: "vpc_service", service_id: "v" },
    ];
    const names = "export default { fetch: (request, env) => Response.json(Object.keys(env).sort()) };";
    const done = await put("many", names, { bindings });
    assert.equal(done.status, 200, JSON.stringify(done.body.errors));
    assert.deepEqual((await half.call("GET", `${SCRIPTS}/many/settings`)).body.result.bindings, bindings);
    assert.deepEqual(
      JSON.parse(await ask("many")),
      bindings.map(({ name }) => name),
    );
  });
  it("names each required field of a type, and no more", () => {
    assert.deepEqual(
      fieldFaults("B", "secrets_store_secret", {}).map(({ message }) => message),
      [
        "invalid or missing store_id property for binding B",
        "invalid or missing secret_name property for binding B",
      ],
    );
    // Not a type, although every object has it.
    assert.equal(fieldFaults("B", "constructor", {}).length, 1);
  });

  it("stores the other settings of an upload and answers them", async () => {
    const metadata = {
      limits: { cpu_ms: 50 },
      placement: { mode: "smart" },
      logpush: true,
      tags: ["t"],
      tail_consumers: [{ service: "there" }],
      observability: { enabled: true },
      cache_options: { enabled: true },
      usage_model: "standard",
    };
    const { body: uploaded } = await put("settled", SHOW_ENV, metadata);
    const { result } = (await half.call("GET", `${SCRIPTS}/settled/settings`)).body;
    for (const [key, value] of Object.entries(metadata)) assert.deepEqual(result[key], value, key);
    // The provider compares what the upload answered with what these reads do.
    const { limits: _, ...answered } = metadata;
    const service = await half.call("GET", "/accounts/A/workers/services/settled");
    const { script } = service.body.result.default_environment as { script: Record<string, unknown> };
    for (const found of [uploaded.result, script])
      for (const [key, value] of Object.entries({ ...answered, placement_mode: "smart" }))
        assert.deepEqual(found[key], value, key);
    const tails = (await half.call("GET", "/accounts/A/workers/tails/by-consumer/there")).body;
    const producers = tails.result as unknown as { producer: { service: string } }[];
    assert.deepEqual(
      producers.map(({ producer }) => producer.service),
      ["settled"],
    );
  });

  it("answers an upload without what was not sent, and says how it is placed by what was", async () => {
    const bare = (await put("placed", SHOW_ENV, {})).body.result;
    for (const key of ["placement", "placement_mode", "observability", "cache_options", "exports"])
      assert.equal(key in bare, false, key);
    assert.deepEqual(bare.tail_consumers, []);
    const placements: readonly [sent: object, mode: unknown][] = [
      [{ region: "aws:us-east-1" }, "targeted"],
      [{ mode: "targeted", host: "db.test:5432" }, "targeted"],
      [{}, undefined],
    ];
    for (const [placement, mode] of placements) {
      const { result } = (await put("placed", SHOW_ENV, { placement })).body;
      assert.deepEqual([result.placement, result.placement_mode], [placement, mode]);
    }
  });

  it("says in a Worker of the newer API what depends on it", async () => {
    const newer = "/accounts/A/workers/workers";
    const migrations = { new_tag: "v1", new_sqlite_classes: ["Counter"] };
    const source = counter("Counter").replace("export default {", "export default { queue() {},");
    await put("needed", source, { bindings: [COUNTER], migrations });
    const bound = await put("user", SHOW_ENV, {
      bindings: [
        { name: "A", type: "service", service: "needed" },
        { name: "B", type: "service", service: "needed" },
        { ...COUNTER, script_name: "needed" },
      ],
    });
    const user = bound.body.result.tag;
    const queue = (await half.call("POST", "/accounts/A/queues", { queue_name: "work" })).body.result;
    const consumers = `/accounts/A/queues/${queue.queue_id}/consumers`;
    const consumer = await half.call("POST", consumers, { type: "worker", script_name: "needed" });
    const zone = (await half.call("POST", "/zones", { name: "needed.test" })).body.result;
    const hostname = "www.needed.test";
    const domain = { hostname, service: "needed", zone_id: zone.id };
    const { id, cert_id } = (await half.call("PUT", "/accounts/A/workers/domains", domain)).body.result;
    const settings = (await half.call("GET", `${SCRIPTS}/needed/settings`)).body.result;
    const [own] = settings.bindings as { namespace_id: string }[];
    assert.deepEqual((await half.call("GET", `${newer}/needed`)).body.result.references, {
      dispatch_namespace_outbounds: [],
      domains: [{ id, certificate_id: cert_id, hostname, zone_id: zone.id, zone_name: "needed.test" }],
      durable_objects: [
        {
          namespace_id: own?.namespace_id,
          namespace_name: "needed_Counter",
          worker_id: user,
          worker_name: "user",
        },
      ],
      queues: [
        {
          queue_consumer_id: consumer.body.result.consumer_id,
          queue_id: queue.queue_id,
          queue_name: "work",
        },
      ],
      workers: [{ id: user, name: "user" }],
    });
  });

  it("refuses to delete what a service binding needs, unless forced", async () => {
    await put("server", SHOW_ENV, {});
    await put("client", SHOW_ENV, { bindings: [{ name: "S", type: "service", service: "server" }] });
    assert.deepEqual((await half.call("DELETE", `${SCRIPTS}/server`)).codes, [10064]);
    assert.deepEqual(
      (await half.call("DELETE", "/accounts/A/workers/services/server?force=false")).codes,
      [10064],
    );
    assert.equal((await half.call("DELETE", "/accounts/A/workers/services/server?force=true")).status, 200);
    assert.deepEqual((await half.call("DELETE", `${SCRIPTS}/server`)).codes, [10007]);
  });

  it("opens what an older sandbox kept, which knew none of this", async () => {
    await put("older", SHOW_ENV, { bindings: [{ name: "V", type: "plain_text", text: "v" }] });
    const { store } = half.context;
    const script = store.get(scripts, [identity.accountId, "older"]);
    assert.ok(script !== undefined);
    const [version] = store.list(versions, [identity.accountId, script.id]);
    assert.ok(version !== undefined);
    // A namespace that nobody had made could be bound then, and a migration changed nothing but the tag.
    const unmade = { name: "KV", type: "kv_namespace", fields: { namespace_id: "placeholder" } };
    const own = { name: "DO", type: "durable_object_namespace", fields: { class_name: "Counter" } };
    const { bindings } = version.record;
    const record = { ...version.record, bindings: [...bindings, unmade, own], migrationTag: "v1" };
    store.put(versions, version.key, record);
    await half.stop();
    half = await startHalf(folder);
    assert.match(await ask("older"), /"V":"v"/);
    const answer = (await half.call("GET", `${SCRIPTS}/older/settings`)).body.result;
    assert.deepEqual(
      (answer.bindings as { name: string }[]).map(({ name }) => name),
      ["V", "KV", "DO"],
    );
    // It counts as not migrated yet, so that the next deployment makes the class.
    const migrations = { new_tag: "v1", new_sqlite_classes: ["Counter"] };
    assert.equal((await put("older", counter("Counter"), { bindings: [COUNTER], migrations })).status, 200);
    assert.equal(await ask("older"), "1");
  });

  it("says of every endpoint that is not here that it is not", async () => {
    for (const path of ["hyperdrive/configs", "vectorize/v2/indexes", "workers/dispatch/namespaces"]) {
      const { status, body } = await half.call("GET", `/accounts/A/${path}`);
      assert.equal(status, 501, path);
      assert.match(body.errors[0]?.message ?? "", /^Not in the sandbox: /);
    }
  });
});
