import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before } from "mocha";
import type { WorkerLog } from "../src/workers/index.ts";
import {
  type Half,
  newFolder,
  removeFolder,
  SCRIPTS,
  SHOW_ENV,
  secret,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

/** By host name, which `fetch` does not let one choose. */
function byHost(url: string, host: string): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    get(url, { headers: { host } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => done({ status: answer.statusCode ?? 0, text }));
    }).on("error", fail);
  });
}

describe("sandbox/workers: uploaded scripts in workerd", () => {
  const folder = newFolder();
  const logs: WorkerLog[] = [];
  let half: Half;
  const start = async () => {
    half = await startHalf(folder, { onLog: (entry) => logs.push(entry), startLimitMs: 3000 });
  };
  before(start);
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });
  const put = async (name: string, source: string, metadata: Record<string, unknown> = {}) => {
    const reply = await half.call("PUT", `${SCRIPTS}/${name}`, upload(source, metadata));
    assert.deepEqual(reply.body.errors, []);
  };
  const at = (path: string, init: RequestInit = {}) => fetch(half.workersUrl + path, init);

  it("keeps the running script when a new one does not start", async () => {
    await put("steady", SHOW_ENV, { bindings: [secret("S", "v1")] });
    for (const source of ["export default {", "export default {};"]) {
      const reply = await half.call("PUT", `${SCRIPTS}/steady`, upload(source));
      assert.equal(reply.status, 400);
      assert.deepEqual(await (await at("/steady/")).json(), { S: "v1" });
    }
  });

  it("runs what imports the runtime's modules, of email too", async () => {
    for (const module of ["email", "workers", "sockets", "workflows"]) {
      const code = `import * as found from "cloudflare:${module}"; export default { fetch: () => Response.json(Object.keys(found).sort()) };`;
      await put(`imports-${module}`, code);
      const names = (await (await at(`/imports-${module}/`)).json()) as string[];
      assert.ok(names.length > 0, module);
      if (module === "email") assert.ok(names.includes("EmailMessage"));
    }
    const binding = { name: "MAIL", type: "send_email" };
    const sends = `import { EmailMessage } from "cloudflare:email"; export default { async fetch(request, env) { const raw = "From: a@example.com\\r\\nTo: b@example.com\\r\\nMessage-ID: <1@example.com>\\r\\n\\r\\nhi"; await env.MAIL.send(new EmailMessage("a@example.com", "b@example.com", raw)); return new Response("sent"); } };`;
    await put("sends-email", sends, { bindings: [binding] });
    assert.equal(await (await at("/sends-email/")).text(), "sent");
  });

  it("drops none of 50 concurrent requests during 5 reloads", async () => {
    const source =
      "export default { async fetch(r, env) { await scheduler.wait(20); return new Response(env.S); } };";
    await put("busy", source, { bindings: [secret("S", "0")] });
    let going = true;
    let answered = 0;
    const seen = new Set<string>();
    const client = async () => {
      while (going) {
        const answer = await at("/busy/");
        assert.equal(answer.status, 200);
        seen.add(await answer.text());
        answered++;
      }
    };
    const clients = Array.from({ length: 50 }, client);
    for (const round of [1, 2, 3, 4, 5]) {
      const edit = await half.call("PUT", `${SCRIPTS}/busy/secrets`, secret("S", String(round)));
      assert.equal(edit.status, 200);
      // Acknowledged means live.
      assert.equal(await (await at("/busy/")).text(), String(round));
    }
    going = false;
    await Promise.all(clients);
    assert.ok(answered >= 50, `${answered} answers`);
    assert.ok(seen.has("5"));
  });

  it("lets requests under way finish on their version", async () => {
    const slow = (text: string) =>
      `export default { async fetch() { await scheduler.wait(300); return new Response("${text}"); } };`;
    await put("slow", slow("old"));
    const old = at("/slow/");
    await new Promise((done) => setTimeout(done, 100));
    await put("slow", slow("new"));
    assert.equal(await (await at("/slow/")).text(), "new");
    assert.equal(await (await old).text(), "old");
  });

  it("passes method, headers, body, status and cookies through", async () => {
    await put(
      "echo",
      `export default { async fetch(r) {
        const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-method", r.method]]);
        for (const name of ["x-own", "x-sandbox-key", "x-sandbox-worker", "mf-cf-blob"]) headers.append("x-seen", r.headers.get(name) ?? "-");
        headers.set("x-url", r.url);
        return new Response(r.body, { status: 418, headers });
      } };`,
    );
    const body = "é".repeat(100_000);
    const answer = await at("/echo/a%2Fb?c=d%20e", {
      method: "PUT",
      body,
      headers: { "x-own": "1", "x-sandbox-key": "forged", "mf-cf-blob": "{}" },
    });
    assert.equal(answer.status, 418);
    assert.equal(answer.headers.get("x-method"), "PUT");
    assert.equal(answer.headers.get("x-seen"), "1, -, -, -");
    assert.equal(answer.headers.get("x-url"), `${half.workersUrl}/a%2Fb?c=d%20e`);
    assert.deepEqual(answer.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal(await answer.text(), body);
    assert.equal((await at("/echo/", { method: "HEAD" })).status, 418);
  });

  it("streams, and stops when the client does", async () => {
    await put(
      "stream",
      `let stopped = false;
       export default { fetch(r) {
         if (r.url.endsWith("/stopped")) return new Response(String(stopped));
         const encoder = new TextEncoder();
         return new Response(new ReadableStream({
           async pull(c) { c.enqueue(encoder.encode("tick\\n")); await scheduler.wait(20); },
           cancel() { stopped = true; },
         }));
       } };`,
    );
    const abort = new AbortController();
    const answer = await at("/stream/", { signal: abort.signal });
    const first = await answer.body?.getReader().read();
    assert.equal(new TextDecoder().decode(first?.value).slice(0, 5), "tick\n");
    abort.abort();
    for (let tries = 0; tries < 50; tries++) {
      if ((await (await at("/stream/stopped")).text()) === "true") return;
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.fail("the Worker was not told that the client had gone");
  });

  it("speaks WebSocket", async () => {
    await put(
      "socket",
      `export default { fetch() {
        const [client, server] = Object.values(new WebSocketPair());
        server.accept();
        server.addEventListener("message", ({ data }) => server.send("echo " + data));
        return new Response(null, { status: 101, webSocket: client });
      } };`,
    );
    const socket = new WebSocket(`${half.workersUrl.replace("http", "ws")}/socket/`);
    const reply = await new Promise((done, fail) => {
      socket.onopen = () => socket.send("hi");
      socket.onmessage = ({ data }) => done(data);
      socket.onerror = fail;
    });
    socket.close();
    assert.equal(reply, "echo hi");
  });

  it("answers an exception with 1101, and tells the log", async () => {
    await put(
      "throws",
      "export default { fetch() { console.log('before'); throw new TypeError('oops'); } };",
    );
    const answer = await at("/throws/");
    assert.equal(answer.status, 500);
    assert.equal(await answer.text(), "error code: 1101");
    assert.ok(logs.some((entry) => entry.script === "throws" && entry.message.includes("oops")));
    assert.ok(logs.some(({ message }) => message === "before"));
  });

  it("answers by host name only while the workers.dev address is on", async () => {
    await put("hosted", SHOW_ENV);
    const host = "hosted.localhost:1234";
    assert.equal((await byHost(half.workersUrl, host)).status, 404);
    await half.call("POST", `${SCRIPTS}/hosted/subdomain`, { enabled: true });
    assert.deepEqual(await byHost(half.workersUrl, host), { status: 200, text: "{}" });
    assert.equal((await byHost(half.workersUrl, "hosted.sandbox.workers.dev")).status, 200);
    const nobody = await byHost(half.workersUrl, "nobody.localhost");
    assert.match(nobody.text, /^error code: 1042/);
  });

  it("says which Workers there are", async () => {
    const answer = await at("/nobody");
    assert.equal(answer.status, 404);
    const { workers } = (await answer.json()) as { workers: string[] };
    assert.ok(workers.includes("hosted"));
  });

  it("splits the traffic of a gradual deployment", async () => {
    await put("split", SHOW_ENV, { bindings: [{ name: "V", type: "plain_text", text: "1" }] });
    const form = upload(SHOW_ENV, { bindings: [{ name: "V", type: "plain_text", text: "2" }] });
    const second = await half.call("POST", `${SCRIPTS}/split/versions`, form);
    const { items } = (await half.call("GET", `${SCRIPTS}/split/versions`)).body.result as {
      items: { id: string }[];
    };
    const versions = items.map(({ id }) => ({ version_id: id, percentage: 50 }));
    assert.equal(versions[0]?.version_id, second.body.result.id);
    const strategy = "percentage";
    assert.equal(
      (await half.call("POST", `${SCRIPTS}/split/deployments`, { strategy, versions })).status,
      200,
    );
    const seen = new Set<string>();
    for (let tries = 0; tries < 200 && seen.size < 2; tries++) seen.add(await (await at("/split/")).text());
    assert.equal(seen.size, 2);
  });

  it("refuses a script that never finishes starting, and recovers", async () => {
    const reply = await half.call("PUT", `${SCRIPTS}/loop`, upload("while (true) {} export default {};"));
    assert.deepEqual(reply.codes, [10021]);
    assert.match(reply.body.errors[0]?.message ?? "", /exceeded CPU time limit/);
    assert.deepEqual(await (await at("/steady/")).json(), { S: "v1" });
  });

  it("drops nothing while a fresh workerd takes over", async () => {
    await half.stop();
    half = await startHalf(folder, { retireAfter: 4 });
    let going = true;
    const client = async () => {
      while (going) assert.equal((await at("/busy/")).status, 200);
    };
    const clients = Array.from({ length: 20 }, client);
    for (let round = 100; round < 115; round++) {
      await half.call("PUT", `${SCRIPTS}/busy/secrets`, secret("S", String(round)));
      assert.equal(await (await at("/busy/")).text(), String(round));
    }
    going = false;
    await Promise.all(clients);
  });

  it("answers again after a restart on the same folder", async () => {
    await half.stop();
    await start();
    assert.deepEqual(await (await at("/steady/")).json(), { S: "v1" });
    assert.equal((await byHost(half.workersUrl, "hosted.localhost")).status, 200);
  });
});
