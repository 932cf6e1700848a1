import assert from "node:assert/strict";
import { after, before } from "mocha";
import {
  type Half,
  identity,
  newFolder,
  removeFolder,
  SCRIPTS,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

const KV = "/accounts/A/storage/kv/namespaces";
const D1 = "/accounts/A/d1/database";
const R2 = "/accounts/A/r2/buckets";
const QUEUES = "/accounts/A/queues";

/** Reads and writes whatever it is bound to, at a word of the path. */
const WORKER = `
const seen = [];
export default {
  async fetch(request, env) {
    const [, what, key] = new URL(request.url).pathname.split("/");
    if (what === "kv-get") return new Response(await env.KV.get(key));
    if (what === "kv-put") { await env.KV.put(key, await request.text()); return new Response("put"); }
    if (what === "d1") return Response.json((await env.DB.prepare("SELECT * FROM t ORDER BY a").all()).results);
    if (what === "r2-get") return new Response((await env.BUCKET.get(key))?.body ?? "nothing");
    if (what === "send") { await env.QUEUE.send({ sent: key }); return new Response("sent"); }
    return Response.json(seen);
  },
  async queue(batch, env) {
    for (const message of batch.messages) await env.KV.put("message", JSON.stringify(message.body));
  },
};`;

describe("sandbox/cloudflare: KV, D1, R2 and queues", function () {
  this.timeout(120_000);
  const folder = newFolder();
  let half: Half;
  const ids = { kv: "", d1: "", queue: "" };
  before(async () => {
    half = await startHalf(folder);
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  const raw = (
    method: string,
    path: string,
    body?: string | FormData,
    headers: Record<string, string> = {},
  ) =>
    fetch(half.api + path.replace("/A/", `/${identity.accountId}/`), {
      method,
      headers: { authorization: `Bearer ${identity.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const worker = (path: string, init: RequestInit = {}) => fetch(`${half.workersUrl}/all/${path}`, init);

  it("makes, renames and lists KV namespaces", async () => {
    const made = await half.call("POST", KV, { title: "first" });
    assert.equal(made.status, 200);
    ids.kv = made.body.result.id as string;
    assert.match(ids.kv, /^[0-9a-f]{32}$/);
    assert.deepEqual(made.body.result, { id: ids.kv, title: "first", supports_url_encoding: true });
    assert.deepEqual((await half.call("POST", KV, { title: "first" })).codes, [10014]);
    assert.deepEqual((await half.call("POST", KV, {})).codes, [10019]);
    const renamed = await half.call("PUT", `${KV}/${ids.kv}`, { title: "second" });
    assert.deepEqual(renamed.body.result, { id: ids.kv, title: "second", supports_url_encoding: true });
    assert.deepEqual((await half.call("GET", KV)).body.result, [renamed.body.result]);
    const gone = await half.call("GET", `${KV}/${"0".repeat(32)}`);
    assert.deepEqual([gone.status, gone.codes], [404, [10013]]);
  });
  it("keeps the jurisdiction that a KV namespace was made with", async () => {
    const { result } = (await half.call("POST", KV, { title: "there", jurisdiction: "eu" })).body;
    assert.equal(result.jurisdiction, "eu");
    const path = `${KV}/${result.id}`;
    await half.call("PUT", path, { title: "moved", jurisdiction: "us" });
    const { result: renamed } = (await half.call("GET", path)).body;
    assert.deepEqual(renamed, { ...result, title: "moved" });
    const listed = (await half.call("GET", KV)).body.result as unknown as { id: string }[];
    assert.deepEqual(
      listed.find(({ id }) => id === result.id),
      renamed,
    );
    await half.call("DELETE", path);
  });
  it("makes a database, a bucket and a queue, each of that name once", async () => {
    const database = await half.call("POST", D1, { name: "db" });
    ids.d1 = database.body.result.uuid as string;
    const whole = await half.call("GET", `${D1}/${ids.d1}`);
    assert.equal(whole.body.result.num_tables, 0);
    assert.deepEqual(database.body.result, whole.body.result);
    for (const method of ["PUT", "PATCH"]) {
      const changed = await half.call(method, `${D1}/${ids.d1}`, { read_replication: { mode: "disabled" } });
      assert.deepEqual(changed.body.result, whole.body.result);
    }
    assert.deepEqual((await half.call("POST", D1, { name: "db" })).codes, [7502]);
    assert.equal((await half.call("GET", `${D1}/db`)).body.result.uuid, ids.d1);
    for (const fields of ["fields=uuid,name", "fields=uuid&fields=name"]) {
      const { result } = (await half.call("GET", `${D1}/db?${fields}`)).body;
      assert.deepEqual(result, { uuid: ids.d1, name: "db" }, fields);
    }
    assert.deepEqual((await half.call("GET", `${D1}/nobody`)).codes, [7404]);

    assert.equal((await half.call("POST", R2, { name: "bucket" })).body.result.name, "bucket");
    const again = await half.call("POST", R2, { name: "bucket" });
    assert.deepEqual([again.codes, again.headers.get("x-should-retry")], [[10004], "false"]);
    assert.deepEqual((await half.call("POST", R2, { name: "No" })).codes, [10005]);
    assert.deepEqual((await half.call("GET", `${R2}/nobody`)).codes, [10006]);
    // The same name in another jurisdiction is another bucket.
    const eu = { "cf-r2-jurisdiction": "eu" };
    assert.deepEqual((await half.call("GET", `${R2}/bucket`, undefined, eu)).codes, [10006]);

    const queue = await half.call("POST", QUEUES, { queue_name: "queue" });
    ids.queue = queue.body.result.queue_id as string;
    assert.deepEqual((await half.call("POST", QUEUES, { queue_name: "queue" })).codes, [11009]);
    assert.deepEqual((await half.call("POST", QUEUES, { queue_name: "No queue" })).codes, [11003]);
    const settings = { queue_name: "other", settings: { delivery_delay: -1 } };
    assert.deepEqual((await half.call("POST", QUEUES, settings)).codes, [100128]);
    assert.deepEqual((await half.call("GET", `${QUEUES}/nobody`)).codes, [11000]);
  });

  it("runs a Worker that is bound to all of them", async () => {
    const bindings = [
      { name: "KV", type: "kv_namespace", namespace_id: ids.kv },
      { name: "DB", type: "d1", id: ids.d1 },
      { name: "BUCKET", type: "r2_bucket", bucket_name: "bucket" },
      { name: "QUEUE", type: "queue", queue_name: "queue" },
    ];
    const done = await half.call("PUT", `${SCRIPTS}/all`, upload(WORKER, { bindings }));
    assert.equal(done.status, 200, JSON.stringify(done.body.errors));
    const { result } = (await half.call("GET", `${SCRIPTS}/all/settings`)).body;
    assert.deepEqual(result.bindings, [
      { name: "KV", type: "kv_namespace", namespace_id: ids.kv },
      { name: "DB", type: "d1", id: ids.d1, database_id: ids.d1 },
      { name: "BUCKET", type: "r2_bucket", bucket_name: "bucket" },
      { name: "QUEUE", type: "queue", queue_name: "queue" },
    ]);
  });

  it("answers a database in a version of the newer API by the names that were sent", async () => {
    await half.call("POST", "/accounts/A/workers/workers", { name: "named" });
    const content = Buffer.from(WORKER).toString("base64");
    const type = "application/javascript+module";
    const made = await half.call("POST", "/accounts/A/workers/workers/named/versions", {
      main_module: "w.js",
      modules: [{ name: "w.js", content_type: type, content_base64: content }],
      bindings: [
        { name: "A", type: "d1", database_id: ids.d1 },
        { name: "B", type: "d1", id: ids.d1 },
      ],
    });
    const both = { type: "d1", id: ids.d1, database_id: ids.d1 };
    assert.deepEqual(made.body.result.bindings, [
      { name: "A", type: "d1", database_id: ids.d1 },
      { name: "B", ...both },
    ]);
    // The older API has both names of either: wrangler reads `id`.
    const older = await half.call("GET", `${SCRIPTS}/named/versions/${made.body.result.id}`);
    assert.deepEqual((older.body.result.resources as { bindings: unknown }).bindings, [
      { name: "A", ...both },
      { name: "B", ...both },
    ]);
    await half.call("DELETE", "/accounts/A/workers/workers/named");
  });

  it("KV: what the API writes the Worker reads, and the other way round", async () => {
    const value = `${KV}/${ids.kv}/values`;
    assert.equal((await raw("PUT", `${value}/from%2Fapi`, "written")).status, 200);
    assert.equal((await raw("PUT", `${value}/k`, "plain")).status, 200);
    assert.equal(await (await worker("kv-get/k")).text(), "plain");
    await worker("kv-put/w", { method: "POST", body: "by the Worker" });
    assert.equal(await (await raw("GET", `${value}/w`)).text(), "by the Worker");
    assert.equal(await (await raw("GET", `${value}/from%2Fapi`)).text(), "written");
    assert.deepEqual((await half.call("GET", `${value}/nobody`)).codes, [10009]);
    const ttl = await half.call("PUT", `${value}/k?expiration_ttl=10`, "x");
    assert.deepEqual([ttl.status, ttl.codes], [400, [10034]]);
  });
  it("KV: metadata, expiry, lists and bulk", async () => {
    const namespace = `${KV}/${ids.kv}`;
    const form = new FormData();
    form.append("value", "with metadata");
    form.append("metadata", '{"a":1}');
    assert.equal((await raw("PUT", `${namespace}/values/meta?expiration_ttl=3600`, form)).status, 200);
    assert.deepEqual((await half.call("GET", `${namespace}/metadata/meta`)).body.result, { a: 1 });
    assert.match((await raw("GET", `${namespace}/values/meta`)).headers.get("expiration") ?? "", /^\d{10}$/);

    const entries = [
      { key: "b1", value: "one" },
      { key: "b2", value: Buffer.from("two").toString("base64"), base64: true, metadata: { m: true } },
    ];
    assert.equal((await half.call("PUT", `${namespace}/bulk`, entries)).body.result.successful_key_count, 2);
    const got = await half.call("POST", `${namespace}/bulk/get`, { keys: ["b1", "b2", "none"] });
    assert.deepEqual(got.body.result, { values: { b1: "one", b2: "two", none: null } });
    const full = await half.call("POST", `${namespace}/bulk/get`, { keys: ["b2"], withMetadata: true });
    assert.deepEqual(full.body.result, { values: { b2: { value: "two", metadata: { m: true } } } });

    const page = await half.call("GET", `${namespace}/keys?prefix=b&limit=10`);
    assert.deepEqual(page.body.result, [{ name: "b1" }, { name: "b2", metadata: { m: true } }]);
    assert.equal(page.body.result_info?.count, 2);
    assert.deepEqual((await half.call("GET", `${namespace}/keys?limit=5`)).codes, [10029]);
    await half.call("POST", `${namespace}/bulk/delete`, ["b1", "b2"]);
    assert.deepEqual((await half.call("GET", `${namespace}/keys?prefix=b`)).body.result, []);
  });

  it("D1: query, batch and raw, on the Worker's own database", async () => {
    const query = (body: object, path = "query") => half.call("POST", `${D1}/${ids.d1}/${path}`, body);
    assert.equal((await query({ sql: "CREATE TABLE t (a INTEGER, b TEXT)" })).status, 200);
    const batch = [
      { sql: "INSERT INTO t VALUES (?, ?)", params: [1, "one"] },
      { sql: "INSERT INTO t VALUES (2, 'two')" },
    ];
    assert.equal((await query({ batch })).status, 200);
    assert.deepEqual(await (await worker("d1")).json(), [
      { a: 1, b: "one" },
      { a: 2, b: "two" },
    ]);
    const { result } = (await query({ sql: "SELECT b FROM t ORDER BY a" }, "raw")).body as unknown as {
      result: { results: unknown }[];
    };
    assert.deepEqual(result[0]?.results, { columns: ["b"], rows: [["one"], ["two"]] });
    const wrong = await query({ sql: "SELECT * FROM nobody" });
    assert.deepEqual([wrong.status, wrong.codes], [400, [7500]]);
    assert.match(wrong.body.errors[0]?.message ?? "", /^no such table: nobody/);
    const whole = (await half.call("GET", `${D1}/${ids.d1}`)).body.result;
    assert.equal(whole.num_tables, 1);
    assert.ok(Number(whole.file_size) > 0);
  });

  it("R2: objects with slashes in their keys, and what is kept with them", async () => {
    const object = `${R2}/bucket/objects`;
    const type = { "content-type": "text/csv", "cache-control": "no-store" };
    const put = await raw("PUT", `${object}/deep/down.csv`, "a,b", type);
    assert.equal(put.status, 200);
    await raw("PUT", `${object}/plain`, "for the Worker");
    assert.equal(await (await worker("r2-get/plain")).text(), "for the Worker");
    const got = await raw("GET", `${object}/deep/down.csv`);
    assert.deepEqual(
      [await got.text(), got.headers.get("content-type"), got.headers.get("cache-control")],
      ["a,b", "text/csv", "no-store"],
    );
    const list = (await half.call("GET", `${object}?prefix=deep/`)).body as unknown as {
      result: { key: string }[];
    };
    assert.deepEqual(
      list.result.map(({ key }) => key),
      ["deep/down.csv"],
    );
    assert.deepEqual((await half.call("GET", `${object}/nobody`)).codes, [10007]);
    const full = await half.call("DELETE", `${R2}/bucket`);
    assert.deepEqual([full.status, full.codes], [409, [10008]]);
  });

  it("queues: a consumer gets what the API and the Worker send", async () => {
    const consumers = `${QUEUES}/${ids.queue}/consumers`;
    const none = { type: "worker", script_name: "nobody" };
    assert.deepEqual((await half.call("POST", consumers, none)).codes, [10007]);
    await half.call(
      "PUT",
      `${SCRIPTS}/deaf`,
      upload("export default { fetch() { return new Response(); } };"),
    );
    const deaf = { type: "worker", script_name: "deaf" };
    assert.deepEqual((await half.call("POST", consumers, deaf)).codes, [11001]);
    const bad = { type: "worker", script_name: "all", settings: { batch_size: 1000 } };
    assert.deepEqual((await half.call("POST", consumers, bad)).codes, [100127]);
    const sent = { type: "worker", script_name: "all", settings: { batch_size: 1, max_wait_time_ms: 0 } };
    const made = await half.call("POST", consumers, sent);
    assert.equal(made.status, 200, JSON.stringify(made.body.errors));
    assert.equal(made.body.result.script, "all");
    assert.deepEqual((await half.call("POST", consumers, sent)).codes, [11004]);

    const message = async () => (await raw("GET", `${KV}/${ids.kv}/values/message`)).text();
    const arrives = async (wanted: string) => {
      const end = Date.now() + 20_000;
      while ((await message()) !== wanted) {
        assert.ok(Date.now() < end, `the message ${wanted} did not arrive; last was ${await message()}`);
        await new Promise((done) => setTimeout(done, 50));
      }
    };
    const push = await half.call("POST", `${QUEUES}/${ids.queue}/messages`, {
      body: { from: "api" },
      content_type: "json",
    });
    assert.equal(push.status, 200, JSON.stringify(push.body.errors));
    await arrives('{"from":"api"}');
    await worker("send/worker");
    await arrives('{"sent":"worker"}');
    const wrong = { body: { a: 1 }, content_type: "text" };
    assert.deepEqual((await half.call("POST", `${QUEUES}/${ids.queue}/messages`, wrong)).codes, [10207]);
  });

  it("refuses to delete what is in use, as the service does", async () => {
    const consumed = await half.call("DELETE", `${SCRIPTS}/all?force=true`);
    assert.deepEqual([consumed.status, consumed.codes], [400, [10064]]);
    assert.deepEqual((await half.call("DELETE", `${QUEUES}/${ids.queue}`)).codes, [11005]);
  });

  it("keeps everything over a restart", async () => {
    await half.stop();
    half = await startHalf(folder);
    assert.equal(await (await worker("kv-get/w")).text(), "by the Worker");
    assert.equal(await (await worker("r2-get/plain")).text(), "for the Worker");
    assert.deepEqual(await (await worker("d1")).json(), [
      { a: 1, b: "one" },
      { a: 2, b: "two" },
    ]);
    const found = (await half.call("GET", `${QUEUES}?name=queue`)).body as unknown as {
      result: { consumers: unknown[]; producers: unknown[] }[];
    };
    assert.deepEqual(found.result[0]?.producers, [{ type: "worker", script: "all" }]);
    assert.equal(found.result[0]?.consumers.length, 1);
  });

  it("deletes all of it in the end, and new ones begin empty", async () => {
    const { result } = (await half.call("GET", `${QUEUES}/${ids.queue}/consumers`)).body as unknown as {
      result: { consumer_id: string }[];
    };
    const consumer = `${QUEUES}/${ids.queue}/consumers/${result[0]?.consumer_id}`;
    assert.equal((await half.call("DELETE", consumer)).status, 200);
    assert.equal((await half.call("DELETE", `${SCRIPTS}/all`)).status, 200);
    assert.equal((await half.call("DELETE", `${QUEUES}/${ids.queue}`)).status, 200);
    for (const key of ["plain", "deep/down.csv"]) await raw("DELETE", `${R2}/bucket/objects/${key}`);
    assert.equal((await half.call("DELETE", `${R2}/bucket`)).status, 200);
    assert.equal((await half.call("DELETE", `${D1}/${ids.d1}`)).status, 200);
    assert.equal((await half.call("DELETE", `${KV}/${ids.kv}`)).status, 200);
    assert.deepEqual((await half.call("GET", KV)).body.result, []);
    assert.deepEqual((await half.call("POST", `${D1}/${ids.d1}/query`, { sql: "SELECT 1" })).codes, [7404]);
  });
});
