import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before } from "mocha";
import { startWrangler, versionIn, type Wrangler } from "../../../tests/clients/wrangler.ts";

/** As a real Worker has it: all kinds of storage, files, a class of Durable Objects, a cron and a queue. */
const worker = (className: string) => `
import { DurableObject } from "cloudflare:workers";
export class ${className} extends DurableObject {
  async next() {
    const value = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", value);
    return value;
  }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/send") { await env.JOBS.send("from the Worker"); return new Response("sent"); }
    if (pathname !== "/all") return new Response("not here", { status: 404 });
    return Response.json({
      kv: await env.STORE.get("key"),
      d1: (await env.DB.prepare("SELECT name FROM people").all()).results,
      r2: await (await env.FILES.get("deep/file.txt"))?.text(),
      count: await env.COUNTER.get(env.COUNTER.idFromName("one")).next(),
      job: await env.STORE.get("job"),
      cron: await env.STORE.get("cron"),
    });
  },
  async queue(batch, env) { await env.STORE.put("job", batch.messages[0].body); },
  async scheduled(event, env) { await env.STORE.put("cron", event.cron); },
};
`;

describe("sandbox/cloudflare: wrangler and what real Workers need", function () {
  this.timeout(300_000);
  let wrangler: Wrangler;
  let kv = "";
  let d1 = "";
  before(async () => {
    wrangler = await startWrangler("real");
    mkdirSync(join(wrangler.tools.folder, "public"));
  });
  after(() => wrangler.close());

  const ask = (path: string, host?: string) =>
    new Promise<{ status: number; text: string }>((done, fail) => {
      const { url } = wrangler.tools.sandbox.description.workers;
      const where = host === undefined ? `${url}/real${path}` : `${url}${path}`;
      const sent = request(where, { headers: host === undefined ? {} : { host } }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.once("end", () => done({ status: answer.statusCode ?? 0, text }));
      });
      sent.once("error", fail).end();
    });
  const api = async (path: string, method: string, body: unknown) => {
    const { url, token, accountId } = wrangler.tools.sandbox.description.cloudflare;
    const answer = await fetch(`${url}/accounts/${accountId}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    return ((await answer.json()) as { result: Record<string, unknown> }).result;
  };
  const all = async () => JSON.parse((await ask("/all")).text) as Record<string, unknown>;
  const config = (more: object) =>
    wrangler.config({
      kv_namespaces: [{ binding: "STORE", id: kv }],
      d1_databases: [{ binding: "DB", database_name: "people", database_id: d1 }],
      r2_buckets: [{ binding: "FILES", bucket_name: "files" }],
      queues: {
        producers: [{ binding: "JOBS", queue: "jobs" }],
        consumers: [{ queue: "jobs", max_batch_timeout: 0, max_batch_size: 1 }],
      },
      triggers: { crons: ["*/10 * * * *"] },
      assets: { directory: "public" },
      ...more,
    });

  it("has what it is bound to", async () => {
    kv = (await api("storage/kv/namespaces", "POST", { title: "store" })).id as string;
    await api(`storage/kv/namespaces/${kv}/bulk`, "PUT", [{ key: "key", value: "value" }]);
    d1 = (await api("d1/database", "POST", { name: "people" })).uuid as string;
    const sql = "CREATE TABLE people (name TEXT); INSERT INTO people VALUES ('Ada');";
    await api(`d1/database/${d1}/query`, "POST", { sql });
    await api("r2/buckets", "POST", { name: "files" });
    await api("r2/buckets/files/objects/deep/file.txt", "PUT", "from a file");
    await api("queues", "POST", { queue_name: "jobs" });
  });
  it("deploy: a Worker with all of it, its files, cron, queue, route and custom domain", async () => {
    wrangler.tools.write("worker.js", worker("Counter"));
    wrangler.tools.write("public/hello.txt", "hello from a file");
    config({
      durable_objects: { bindings: [{ name: "COUNTER", class_name: "Counter" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Counter"] }],
      routes: [
        { pattern: "example.com/*", zone_name: "example.com" },
        { pattern: "api.example.com", custom_domain: true },
      ],
    });
    const output = await wrangler.run("deploy");
    versionIn(output);
    assert.match(output, /schedule: \*\/10/);
    assert.deepEqual(await all(), {
      kv: "value",
      d1: [{ name: "Ada" }],
      r2: "from a file",
      count: 1,
      job: null,
      cron: null,
    });
    assert.equal((await ask("/hello.txt")).text, "hello from a file");
    assert.equal((await ask("/hello.txt", "example.com")).text, "hello from a file");
    assert.equal((await ask("/all", "api.example.com")).status, 200);
    assert.equal((await ask("/all", "other.example.com")).status, 404);
  });
  it("cron and queue reach the Worker", async () => {
    assert.equal((await ask("/send")).text, "sent");
    const fired = await ask("/cdn-cgi/handler/scheduled");
    assert.equal(fired.status, 200, fired.text);
    const end = Date.now() + 20_000;
    let now = await all();
    while (now.job === null && Date.now() < end) now = await all();
    assert.deepEqual([now.job, now.cron], ["from the Worker", "*/10 * * * *"]);
  });
  it("deploy again: a renamed class keeps its objects, and only new files are sent", async () => {
    const before = Number((await all()).count);
    wrangler.tools.write("worker.js", worker("Total"));
    wrangler.tools.write("public/new.txt", "new");
    config({
      durable_objects: { bindings: [{ name: "COUNTER", class_name: "Total" }] },
      migrations: [
        { tag: "v1", new_sqlite_classes: ["Counter"] },
        { tag: "v2", renamed_classes: [{ from: "Counter", to: "Total" }] },
      ],
    });
    const output = await wrangler.run("deploy");
    assert.match(output, /Uploaded 1 file \(1 already uploaded\)/);
    assert.equal((await all()).count, before + 1);
    assert.equal((await ask("/new.txt")).text, "new");
    // Without another migration it is uploaded as a version.
    await wrangler.run("deploy");
    assert.equal((await all()).count, before + 2);
  });
  it("says why a binding to nothing can't be deployed", async () => {
    config({ kv_namespaces: [{ binding: "STORE", id: "0".repeat(32) }] });
    assert.match(await wrangler.refused("deploy"), /KV namespace '0+' not found\.? \[code: 10041\]/);
  });
  it("delete: only once no queue hangs on it", async () => {
    config({});
    assert.match(await wrangler.refused("delete --force"), /consumer for a Queue.*\[code: 10064\]/s);
    await wrangler.run("queues consumer remove jobs real");
    await wrangler.run("delete --force");
    assert.equal((await ask("/all", "example.com")).status, 404);
  });
});
