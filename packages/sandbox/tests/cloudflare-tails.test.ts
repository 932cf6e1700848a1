import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { passes } from "../src/workers/tails/filters.ts";
import { Tails } from "../src/workers/tails/tails.ts";
import { type Half, newFolder, removeFolder, SCRIPTS, startHalf, upload } from "./cloudflare-harness.ts";

const WORKER = `export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    console.log("asked for", pathname);
    if (pathname === "/throws") throw new Error("on purpose");
    return new Response(env.STORE ? "bound" : "light");
  },
};`;

interface Event {
  readonly outcome: string;
  readonly logs: readonly { readonly message: readonly unknown[]; readonly level: string }[];
  readonly exceptions: readonly { readonly message: string }[];
  readonly event: { readonly request: { readonly url: string; readonly method: string } };
}

describe("sandbox, Cloudflare half: live tails", function () {
  this.timeout(60_000);
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
    const { body } = await half.call("POST", "/accounts/A/storage/kv/namespaces", { title: "store" });
    const namespace_id = (body.result as { id: string }).id;
    const bindings = [{ type: "kv_namespace", name: "STORE", namespace_id }];
    for (const [name, metadata] of [
      ["light", {}],
      ["bound", { bindings }],
    ] as const)
      assert.equal((await half.call("PUT", `${SCRIPTS}/${name}`, upload(WORKER, metadata))).status, 200);
  });
  after(async () => {
    await half?.stop();
    removeFolder(folder);
  });

  const ask = (path: string, init: RequestInit = {}) => fetch(half.workersUrl + path, init);
  const tails = (name: string) => `${SCRIPTS}/${name}/tails`;

  async function follow(name: string, filters: readonly object[] = []) {
    const made = await half.call("POST", tails(name), { filters });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const { id, url, expires_at } = made.body.result as { id: string; url: string; expires_at: string };
    assert.ok(new Date(expires_at).getTime() > Date.now());
    const socket = new WebSocket(url, "trace-v1");
    const events: Event[] = [];
    socket.on("message", (data) => events.push(JSON.parse(String(data)) as Event));
    await once(socket, "open");
    assert.equal(socket.protocol, "trace-v1");
    return {
      id,
      socket,
      events,
      async waitFor(count: number) {
        while (events.length < count) await sleep(20);
        return events;
      },
    };
  }

  for (const name of ["light", "bound"]) {
    it(`tell of each invocation of a ${name} Worker: its request, its logs, its exception`, async () => {
      assert.equal(await (await ask(`/${name}/before`)).text(), name);
      const tail = await follow(name);
      assert.equal(await (await ask(`/${name}/a?b=c`, { method: "POST", body: "x" })).text(), name);
      const [first] = await tail.waitFor(1);
      assert.equal(first?.outcome, "ok");
      assert.deepEqual(
        first.logs.map(({ level, message }) => [level, message]),
        [["log", ["asked for", "/a"]]],
      );
      assert.equal(first.event.request.method, "POST");
      assert.match(first.event.request.url, /\/a\?b=c$/);
      await ask(`/${name}/throws`);
      const [, second] = await tail.waitFor(2);
      assert.equal(second?.outcome, "exception");
      assert.deepEqual(
        second.exceptions.map(({ message }) => message),
        ["on purpose"],
      );
      const closed = once(tail.socket, "close");
      assert.equal((await half.call("DELETE", `${tails(name)}/${tail.id}`)).status, 200);
      await closed;
      assert.deepEqual((await half.call("GET", tails(name))).body.result, []);
      assert.equal(await (await ask(`/${name}/after`)).text(), name);
      assert.equal(tail.events.length, 2);
    });
  }

  it("tell each listener of what its filters let through, and of its own Worker alone", async () => {
    const [posts, all] = [await follow("light", [{ method: ["post"] }]), await follow("light")];
    await ask("/bound/other");
    await ask("/light/get");
    await ask("/light/post", { method: "POST" });
    await all.waitFor(2);
    const paths = (events: readonly Event[]) =>
      events.map(({ event }) => new URL(event.request.url).pathname).sort();
    assert.deepEqual(paths(all.events), ["/get", "/post"]);
    assert.deepEqual(paths(await posts.waitFor(1)), ["/post"]);
    for (const { id } of [posts, all]) await half.call("DELETE", `${tails("light")}/${id}`);
  });

  it("are refused for what is not there, of a filter that is none, and beyond ten", async () => {
    assert.deepEqual((await half.call("POST", tails("nobody"), {})).codes, [10007]);
    assert.equal((await half.call("POST", tails("light"), { filters: [{ mood: "good" }] })).status, 400);
    const { result } = (await half.call("POST", tails("light"))).body;
    const { id, url } = result as { id: string; url: string };
    for (const path of [`${tails("bound")}/${id}`, `${tails("light")}/none`])
      assert.equal((await half.call("DELETE", path)).status, 404);
    for (let more = 1; more < 10; more++) await half.call("POST", tails("light"), {});
    assert.equal((await half.call("POST", tails("light"), {})).status, 400);
    const stranger = new WebSocket(url.replace(/[^/]+$/, "0"), "trace-v1");
    const [error] = (await once(stranger, "error")) as [Error];
    assert.match(error.message, /404/);
  });

  it("hear a client that sends one message without a mask, as wrangler does", async () => {
    const tail = await follow("bound");
    for (const mask of [false, true]) {
      tail.socket.send(JSON.stringify({ debug: mask }), { mask });
      tail.socket.send("x".repeat(70_000), { mask });
      tail.socket.ping("still there?");
      const [pong] = (await once(tail.socket, "pong")) as [Buffer];
      assert.equal(pong.toString(), "still there?");
    }
    await ask("/bound/unmasked");
    await tail.waitFor(1);
    tail.socket.close();
    await once(tail.socket, "close");
    assert.equal((await half.call("DELETE", `${tails("bound")}/${tail.id}`)).status, 200);
  });

  it("end by themselves when the one who listened has gone", async () => {
    const told = () => undefined;
    const all = new Tails("http://127.0.0.1:1", told, 1);
    const server = createServer();
    server.on("upgrade", (request, socket, head) => all.upgrade(request, socket, head));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { id } = all.open("some", []);
    const { port } = server.address() as AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/cdn-cgi/tail/${id}`, "trace-v1");
    await once(socket, "open");
    assert.ok(all.listened("some"));
    socket.terminate();
    while (all.listened("some")) await sleep(5);
    all.close();
    server.close();
  });

  it("filter by outcome, text, header, address, version and chance", () => {
    const event = {
      outcome: "ok",
      scriptVersion: { id: "v1" },
      logs: [{ message: ["hello", { to: "world" }] }],
      event: { request: { method: "GET", headers: { "x-a": "one", "cf-connecting-ip": "127.0.0.1" } } },
    };
    const letThrough = (filter: object, chance = 0) => passes([filter as never], event, chance);
    assert.ok(letThrough({ outcome: ["ok", "canceled"] }) && !letThrough({ outcome: ["exception"] }));
    assert.ok(letThrough({ query: "world" }) && !letThrough({ query: "moon" }));
    assert.ok(letThrough({ header: { key: "X-A" } }) && letThrough({ header: { key: "x-a", query: "on" } }));
    assert.ok(
      !letThrough({ header: { key: "x-a", query: "two" } }) && !letThrough({ header: { key: "x-b" } }),
    );
    assert.ok(letThrough({ client_ip: ["self"] }) && !letThrough({ client_ip: ["10.0.0.1"] }));
    assert.ok(letThrough({ scriptVersion: "v1" }) && !letThrough({ scriptVersion: "v2" }));
    assert.ok(letThrough({ sampling_rate: 0.5 }, 0.4) && !letThrough({ sampling_rate: 0.5 }, 0.6));
    assert.ok(!passes([{ method: ["GET"] }], { outcome: "ok", event: null }, 0));
  });
});
