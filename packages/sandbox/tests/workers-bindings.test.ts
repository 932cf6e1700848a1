import assert from "node:assert/strict";
import { after, before } from "mocha";
import type { WorkersRuntime } from "../src/workers/index.ts";
import { bytesOf, newFolder, removeFolder } from "./cloudflare-harness.ts";
import { ask, live, type Sample, startOn } from "./workers-harness.ts";

const SQLITE = { className: "Counter", sqlite: true, namespaceId: "0c0ffee0counter" };

/** Each writes with `/put?v=…` and reads with `/get`; `mark` makes one upload different from the next. */
const STORES: Readonly<Record<string, (mark: string) => Sample>> = {
  kv_namespace: (mark) => ({
    source: `// ${mark}
      export default { async fetch(r, { KV }) {
        const value = new URL(r.url).searchParams.get("v");
        if (value !== null) await KV.put("key", value, { metadata: { mark: 1 } });
        return new Response(await KV.get("key"));
      } };`,
    bindings: [{ name: "KV", type: "kv_namespace", namespaceId: "11aa" }],
  }),
  d1: (mark) => ({
    source: `// ${mark}
      export default { async fetch(r, { DB }) {
        const value = new URL(r.url).searchParams.get("v");
        if (value !== null) await DB.batch([
          DB.prepare("CREATE TABLE IF NOT EXISTS t (v TEXT)"), DB.prepare("INSERT INTO t VALUES (?)").bind(value),
        ]);
        return new Response(await DB.prepare("SELECT v FROM t ORDER BY rowid DESC").first("v"));
      } };`,
    bindings: [{ name: "DB", type: "d1", databaseId: "22bb" }],
  }),
  r2_bucket: (mark) => ({
    source: `// ${mark}
      export default { async fetch(r, { BUCKET }) {
        const value = new URL(r.url).searchParams.get("v");
        if (value !== null) await BUCKET.put("a/key", value);
        return new Response((await BUCKET.get("a/key")).body);
      } };`,
    bindings: [{ name: "BUCKET", type: "r2_bucket", bucketName: "photos" }],
  }),
  durable_object_namespace: (mark) => ({
    source: `// ${mark}
      import { DurableObject } from "cloudflare:workers";
      export class Counter extends DurableObject {
        put(value) {
          this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS t (v TEXT)");
          this.ctx.storage.sql.exec("INSERT INTO t VALUES (?)", value);
        }
        get() { return this.ctx.storage.sql.exec("SELECT v FROM t ORDER BY rowid DESC LIMIT 1").one().v; }
      }
      export default { async fetch(r, { COUNTER }) {
        const value = new URL(r.url).searchParams.get("v");
        const stub = COUNTER.getByName("one");
        if (value !== null) await stub.put(value);
        return new Response(await stub.get());
      } };`,
    bindings: [{ name: "COUNTER", type: "durable_object_namespace", className: "Counter" }],
    durableObjects: [SQLITE],
    classes: ["Counter"],
  }),
};

describe("sandbox/workers: what bindings lead to", () => {
  const folder = newFolder();
  let runtime: WorkersRuntime;
  const logs: string[] = [];
  const start = async () => {
    runtime = await startOn(folder, { onLog: ({ message }) => logs.push(message) });
  };
  before(start);
  after(async () => {
    await runtime.close();
    removeFolder(folder);
  });
  const get = async (host: string, path = "/") => {
    const answer = await ask(runtime, `${host}.localhost`, path);
    assert.equal(answer.status, 200, answer.text);
    return answer.text;
  };

  it("keeps data through a new version and through a restart", async () => {
    for (const [type, sample] of Object.entries(STORES)) runtime.deploy(type, live(sample("1")));
    for (const type of Object.keys(STORES)) assert.equal(await get(type, "/?v=first"), "first", type);
    for (const [type, sample] of Object.entries(STORES)) runtime.deploy(type, live(sample("2")));
    for (const type of Object.keys(STORES)) assert.equal(await get(type), "first", type);
    await runtime.close();
    await start();
    for (const [type, sample] of Object.entries(STORES)) runtime.deploy(type, live(sample("2")));
    for (const type of Object.keys(STORES)) assert.equal(await get(type), "first", type);
  });

  it("keeps a Durable Object's data when its class is renamed", async () => {
    const { source, ...rest } = STORES.durable_object_namespace?.("3") ?? { source: "" };
    const renamed = {
      ...rest,
      source: source.replaceAll("Counter", "Tally"),
      bindings: [{ name: "COUNTER", type: "durable_object_namespace" as const, className: "Tally" }],
      durableObjects: [{ ...SQLITE, className: "Tally" }],
      classes: ["Tally"],
    };
    runtime.deploy("durable_object_namespace", live(renamed));
    assert.equal(await get("durable_object_namespace"), "first");
  });

  it("shows the API the data that Workers see", async () => {
    const kv = runtime.data.kv("11aa");
    assert.deepEqual((await kv.list()).keys, [{ name: "key", metadata: { mark: 1 } }]);
    const expiration = Math.floor(Date.now() / 1000) + 3600;
    await kv.put("key", Buffer.from("from the API"), { expiration });
    assert.equal(await get("kv_namespace"), "from the API");
    const found = await kv.get("key");
    assert.deepEqual(
      [Buffer.from(found?.value ?? []).toString(), found?.entry],
      ["from the API", { name: "key", expiration }],
    );
    const [rows] = await runtime.data.d1("22bb").query("SELECT v FROM t WHERE v = ?", ["first"]);
    assert.deepEqual(rows?.results, [{ v: "first" }]);
    await assert.rejects(runtime.data.d1("22bb").query("SELECT a FROM nowhere"), /no such table/);
    const bucket = runtime.data.r2("photos");
    const { objects } = await bucket.list();
    assert.deepEqual(
      objects.map(({ key, size }) => [key, size]),
      [["a/key", 5]],
    );
    // One that no Worker binds.
    const other = runtime.data.kv("33cc");
    assert.equal(await other.get("key"), undefined);
    await other.put("key", Buffer.from("x"));
    assert.equal((await other.list()).keys.length, 1);
  });

  it("drops the data of what is deleted", async () => {
    const { data } = runtime;
    await data.drop({ kind: "kv", namespaceId: "11aa" });
    assert.deepEqual((await data.kv("11aa").list()).keys, []);
    await data.drop({ kind: "r2", bucketName: "photos" });
    assert.deepEqual((await data.r2("photos").list()).objects, []);
    await data.drop({ kind: "d1", databaseId: "22bb" });
    assert.deepEqual(
      (await data.d1("22bb").query("SELECT name FROM sqlite_master WHERE name = 't'"))[0]?.results,
      [],
    );
    const { source } = STORES.durable_object_namespace?.("4") ?? { source: "" };
    runtime.deploy("durable_object_namespace", live({ source }));
    await data.drop({ kind: "durable_objects", namespaceId: SQLITE.namespaceId });
    const again = STORES.durable_object_namespace?.("5");
    assert.ok(again);
    runtime.deploy("durable_object_namespace", live(again));
    assert.equal((await ask(runtime, "durable_object_namespace.localhost")).status, 500);
  });

  it("passes calls from Worker to Worker, whichever was there first", async () => {
    const caller: Sample = {
      source: `export default { async fetch(r, { HELPER, NAMED }) {
        const url = new URL(r.url);
        if (url.pathname === "/fetch") return HELPER.fetch(r);
        try { return new Response(await NAMED.add(1, 2)); } catch (error) { return new Response(error.message); }
      } };`,
      bindings: [
        { name: "HELPER", type: "service", service: "helper" },
        { name: "NAMED", type: "service", service: "helper", entrypoint: "Sums" },
      ],
    };
    runtime.deploy("caller", live(caller));
    assert.match(await get("caller", "/rpc"), /'NAMED' \(service\).*'helper' is not deployed/);
    assert.equal((await ask(runtime, "caller.localhost", "/fetch")).status, 501);
    const helper = (text: string): Sample => ({
      source: `import { WorkerEntrypoint } from "cloudflare:workers";
        export class Sums extends WorkerEntrypoint { add(a, b) { return a + b; } }
        export default { fetch: (r) => new Response("${text} " + new URL(r.url).pathname) };`,
      classes: ["Sums"],
    });
    runtime.deploy("helper", live(helper("one")));
    assert.equal(await get("caller", "/rpc"), "3");
    assert.equal(await get("caller", "/fetch"), "one /fetch");
    runtime.deploy("helper", live(helper("two")));
    assert.equal(await get("caller", "/fetch"), "two /fetch");
    assert.equal(await get("helper", "/own"), "two /own");
    runtime.remove("helper");
    assert.match(await get("caller", "/rpc"), /is not deployed/);
  });

  it("reaches another script's Durable Objects", async () => {
    const again = STORES.durable_object_namespace?.("6");
    assert.ok(again);
    runtime.deploy("durable_object_namespace", live(again));
    await get("durable_object_namespace", "/?v=shared");
    runtime.deploy(
      "visitor",
      live({
        source: "export default { fetch: async (r, { C }) => new Response(await C.getByName('one').get()) };",
        bindings: [
          {
            name: "C",
            type: "durable_object_namespace",
            className: "Counter",
            scriptName: "durable_object_namespace",
          },
        ],
      }),
    );
    assert.equal(await get("visitor"), "shared");
  });

  it("reads a secret of a store each time, and leaves none behind", async () => {
    let value: string | undefined = "CANARY-store-secret-1";
    runtime.deploy(
      "keeper",
      live({
        source:
          "export default { fetch: async (r, { S }) => new Response(await S.get().catch((e) => e.message)) };",
        bindings: [
          { name: "S", type: "secrets_store_secret", storeId: "s", secretName: "n", read: () => value },
        ],
      }),
    );
    assert.equal(await get("keeper"), value);
    value = "CANARY-store-secret-2";
    assert.equal(await get("keeper"), value);
    value = undefined;
    assert.equal(await get("keeper"), 'Secret "n" not found');
    assert.equal(bytesOf(folder).includes("CANARY"), false);
  });

  it("runs beside a binding that can't work here", async () => {
    runtime.deploy(
      "thinker",
      live({
        source: `export default { async fetch(r, { AI, RATE, POINTS }) {
          POINTS.writeDataPoint({ blobs: ["a"] });
          const { success } = await RATE.limit({ key: "k" });
          try { await AI.run("model", {}); } catch (error) { return new Response(success + " " + error.message); }
        } };`,
        bindings: [
          { name: "AI", type: "unavailable", kind: "ai" },
          { name: "RATE", type: "ratelimit", namespaceId: "1", limit: 1, period: 60 },
          { name: "POINTS", type: "analytics_engine", dataset: "visits" },
        ],
      }),
    );
    assert.match(await get("thinker"), /^true The binding 'AI' does not work in the sandbox: .* ai binding/);
    assert.match(await get("thinker"), /^false/);
  });

  it("leaves out a Worker that workerd refuses, and no other", async () => {
    runtime.deploy(
      "broken",
      live({
        source: "export default { fetch() {} };",
        compatibilityFlags: ["no_such_flag"],
        bindings: [{ name: "K", type: "kv_namespace", namespaceId: "11aa" }],
      }),
    );
    assert.equal((await ask(runtime, "broken.localhost")).status, 500);
    assert.ok(logs.some((message) => message.includes("'broken' could not be started")));
    assert.equal(await get("visitor"), "shared");
  });
});
