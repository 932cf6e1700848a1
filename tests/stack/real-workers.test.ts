import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import {
  generatedKey,
  setVariables,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { ask, copyFixture, linkPackage } from "../helpers/fixture.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

describe("real-shaped Workers, from nothing", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  const workers = () => world.sandbox.description.workers.url;
  const cloudflare = async (method: string, path: string) => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const answer = await fetch(`${url}/accounts/${accountId}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    return (await answer.json()) as { result: unknown };
  };
  /** After any edit: one `up`, and then nothing is left to do. */
  const converges = async (host: HostedStack) => {
    const { outputs, text } = await host.up();
    assert.ok(!text.includes("canary"), "up printed a value");
    const { changes, text: again } = await host.preview();
    assert.deepEqual(Object.keys(changes), ["same"], again);
    return outputs;
  };

  it("KV and crons: a declared namespace, text modules, placement, and a cron that fires", async () => {
    const key = `canary-${generatedKey()}`;
    const directory = copyFixture("kv-cron", world.folder);
    const host = await world.stack({
      project: "kv",
      secrets: { API_KEY: key },
      config: { workers: [{ directory, resources: { CACHE: { declare: true } } }] },
    });
    const outputs = await converges(host);
    const script = "kv-cron-dev";
    assert.equal(Object(Object.values(Object(outputs.workers))[0]).scriptName, script);
    const about = await ask(workers(), script, { path: "/about" });
    assert.match(about.body, /A Worker with a KV namespace/);
    const proof = await ask(workers(), script, { path: "/proof?x=1" });
    assert.equal(proof.body, createHmac("sha256", key).update("?x=1").digest("hex"));
    await ask(workers(), script, { method: "PUT", path: "/kv/a", body: "stored" });
    const stored = await ask(workers(), script, { path: "/kv/a" });
    assert.equal(stored.body, "stored");
    assert.equal(stored.headers["x-page"], "10");
    const fired = await ask(workers(), script, {
      path: `/cdn-cgi/handler/scheduled?cron=${encodeURIComponent("*/5 * * * *")}`,
    });
    assert.equal(fired.status, 200, fired.body);
    assert.equal((await ask(workers(), script, { path: "/kv/fired" })).body, "*/5 * * * *");
    const { result } = await cloudflare("GET", `/workers/scripts/${script}/schedules`);
    assert.deepEqual((result as { schedules: { cron: string }[] }).schedules.map(({ cron }) => cron).sort(), [
      "*/5 * * * *",
      "0 3 * * 1",
    ]);
    assert.ok(!JSON.stringify(await world.client.exportStack("kv", "dev")).includes("canary"));
    await host.destroy();
    const namespaces = await cloudflare("GET", "/storage/kv/namespaces");
    assert.deepEqual(namespaces.result, [], "the declared namespace is left");
  });

  it("Durable Objects and assets: migrations once, state kept through a new secret and new code", async () => {
    const directory = copyFixture("room", world.folder);
    const project = "room";
    const open = (value: string) =>
      world.stack({ project, secrets: { SIGNING_KEY: value }, config: { workers: [directory] } });
    const host = await open("canary-1");
    await converges(host);
    const script = "room-dev";
    const visit = (method: string) => ask(workers(), script, { method, path: "/rooms/blue" });
    await visit("POST");
    assert.deepEqual(JSON.parse((await visit("POST")).body), { visits: 2, signed: "canary-1".length });
    assert.match((await ask(workers(), script, { path: "/" })).body, /A room/);
    const missing = await ask(workers(), script, { path: "/nowhere" });
    assert.equal(missing.status, 404);
    assert.match(missing.body, /Not here/);
    await setVariables(world.client, `${project}/dev-secrets`, [
      { name: "SIGNING_KEY", value: "canary-longer", secret: true },
    ]);
    await converges(host);
    assert.deepEqual(JSON.parse((await visit("GET")).body), { visits: 2, signed: "canary-longer".length });
  });

  for (const manager of ["npm", "pnpm"] as const) {
    it(`two Workers of a ${manager} workspace: a service binding, shared and own values, a custom domain`, async () => {
      const root = copyFixture("monorepo", join(world.folder, manager));
      const [auth, web] = [join(root, "packages/auth"), join(root, "packages/web")];
      linkPackage("@monorepo-fixture/auth", auth, manager === "npm" ? root : web);
      const host = await world.stack({
        project: `mono-${manager}`,
        secrets: { SHARED_KEY: "canary-shared", OWN_KEY: "canary-of-all" },
        ownSecrets: { web: { OWN_KEY: "canary-web" } },
        config: { workers: [web, auth] },
      });
      const outputs = await converges(host);
      const deployed = outputs.workers as Record<
        string,
        { url: string | null; scriptName: string; secrets: object }
      >;
      assert.deepEqual(Object.keys(deployed).sort(), ["auth", "web"]);
      assert.equal(deployed.auth?.url, null, "auth has no address");
      assert.equal(deployed.web?.url, "https://shop.example.com");
      assert.deepEqual(Object.keys(deployed.web?.secrets ?? {}), ["OWN_KEY", "SHARED_KEY"]);
      const at = (path: string) => ask(workers(), "", { path, host: "shop.example.com" });
      assert.deepEqual(JSON.parse((await at("/")).body), {
        worker: "web",
        host: "shop.example.com",
        lengths: { OWN_KEY: "canary-web".length, SHARED_KEY: "canary-shared".length },
      });
      assert.deepEqual(JSON.parse((await at("/auth")).body), {
        worker: "auth",
        lengths: { OWN_KEY: "canary-of-all".length, SHARED_KEY: "canary-shared".length },
      });
      assert.equal((await at("/user?name=Ada")).body, "Ada is known");
      await host.destroy();
      assert.equal((await at("/")).status, 404);
    });
  }

  it("keeps an external secret through every upload, and never has its value", async () => {
    const host = await world.stack({ project: "external", config: { scriptName: "external" } });
    await host.up();
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const put = await fetch(`${url}/accounts/${accountId}/workers/scripts/external/secrets`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "LEGACY", text: "canary-external", type: "secret_text" }),
    });
    assert.equal(put.status, 200);
    await assert.rejects(host.preview(), /externalSecrets: \[LEGACY\]/);
    const kept = await world.stack({
      project: "external",
      code: "export default { fetch: (_, env) => Response.json(Object.keys(env).sort().concat(env.LEGACY)) };",
      config: (directory) => ({
        workers: [{ directory, scriptName: "external", externalSecrets: ["LEGACY"] }],
      }),
    });
    await converges(kept);
    const answer = await ask(workers(), "external", { path: "/" });
    assert.deepEqual(JSON.parse(answer.body), ["API_KEY", "LEGACY", "TOP_SECRET", "canary-external"]);
    assert.ok(!JSON.stringify(await world.client.exportStack("external", "dev")).includes("canary-external"));
  });

  it("takes a resource by its id, or by another stack's output", async () => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const create = async (title: string) => {
      const answer = await fetch(`${url}/accounts/${accountId}/storage/kv/namespaces`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title }),
      });
      return ((await answer.json()) as { result: { id: string } }).result.id;
    };
    const [byId, byOutput] = [await create("by-id"), await create("by-output")];
    const { organization } = world.sandbox.description.pulumi;
    const root = join(world.folder, "infra");
    mkdirSync(root);
    writeFileSync(join(root, "Pulumi.yaml"), `name: infra\nruntime: nodejs\n`);
    writeFileSync(join(root, "Pulumi.dev.yaml"), "config: {}\n");
    const infra = await hostStack({
      project: "infra",
      stack: "dev",
      organization,
      root,
      engine: enginePath(),
      env: world.env,
      program: async () => ({ cache: byOutput }),
    });
    await infra.up();
    await infra.close();
    const host = await world.stack({
      project: "references",
      worker: {
        name: "references",
        main: "index.js",
        compatibility_date: "2026-10-01",
        secrets: { required: ["API_KEY", "TOP_SECRET"] },
        kv_namespaces: [{ binding: "FIRST", id: "of the file" }, { binding: "SECOND" }],
      },
      code: `export default { async fetch(_, env) {
        await env.FIRST.put("k", "first");
        await env.SECOND.put("k", "second");
        return new Response("ok");
      } };`,
      config: (directory) => ({
        workers: [
          {
            directory,
            resources: {
              FIRST: { id: byId },
              SECOND: { stack: `${organization}/infra/dev`, output: "cache" },
            },
          },
        ],
      }),
    });
    await converges(host);
    assert.equal((await ask(workers(), "references-dev", { path: "/" })).body, "ok");
    const stored = async (id: string) => {
      const path = `${url}/accounts/${accountId}/storage/kv/namespaces/${id}/values/k`;
      return (await fetch(path, { headers: { authorization: `Bearer ${token}` } })).text();
    };
    assert.deepEqual([await stored(byId), await stored(byOutput)], ["first", "second"]);
  });

  it("adopts a Worker with the route that it has already, and says what to do about its queue consumer", async () => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const api = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
      const form = body instanceof FormData;
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(form ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      assert.ok(answer.ok, text);
      return (JSON.parse(text) as { result: Record<string, unknown> }).result;
    };
    const code = "export default { fetch: () => new Response('ok'), queue() {} };";
    const form = new FormData();
    form.set("metadata", JSON.stringify({ main_module: "index.js", compatibility_date: "2026-10-01" }));
    form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
    await api("PUT", `/accounts/${accountId}/workers/scripts/jobs`, form);
    const queue = await api("POST", `/accounts/${accountId}/queues`, { queue_name: "jobs" });
    const consumers = `/accounts/${accountId}/queues/${String(queue.queue_id)}/consumers`;
    await api("POST", consumers, { type: "worker", script_name: "jobs", settings: { batch_size: 10 } });
    const zones = (await api("GET", "/zones?name=example.com")) as unknown as { id: string }[];
    await api("POST", `/zones/${zones[0]?.id}/workers/routes`, {
      pattern: "example.com/jobs/*",
      script: "jobs",
    });
    const host = await world.stack({
      project: "jobs",
      worker: {
        name: "jobs",
        main: "index.js",
        compatibility_date: "2026-10-01",
        secrets: { required: ["API_KEY", "TOP_SECRET"] },
        queues: { consumers: [{ queue: "jobs", max_batch_size: 10 }] },
        routes: ["example.com/jobs/*"],
      },
      code,
      config: (directory) => ({ workers: [{ directory, scriptName: "jobs", adopt: true }] }),
    });
    await assert.rejects(host.up(), /npx wrangler queues consumer remove jobs jobs/);
    const [consumer] = (await api("GET", consumers)) as unknown as { consumer_id: string }[];
    await api("DELETE", `${consumers}/${consumer?.consumer_id}`);
    await converges(host);
    assert.equal(((await api("GET", consumers)) as unknown as unknown[]).length, 1);
  });

  it("uploads WebAssembly as a module of its own", async () => {
    const add = "0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b";
    const host = await world.stack({
      project: "wasm",
      code: `import add from "./add.wasm";
        const { exports } = new WebAssembly.Instance(add);
        export default { fetch: () => new Response(String(exports.add(2, 40))) };`,
      config: (directory) => {
        writeFileSync(join(directory, "add.wasm"), Buffer.from(add, "hex"));
        return { scriptName: "wasm" };
      },
    });
    await converges(host);
    assert.equal((await ask(workers(), "wasm", { path: "/" })).body, "42");
  });

  it("turns off every address of Cloudflare's own where the stack is production", async () => {
    const host = await world.stack({
      project: "production",
      stack: "prod",
      worker: {
        name: "sample",
        main: "index.js",
        compatibility_date: "2026-10-01",
        workers_dev: true,
        preview_urls: true,
        secrets: { required: ["API_KEY", "TOP_SECRET"] },
        routes: ["example.com/shop/*"],
      },
      config: { prod: true },
    });
    const { outputs } = await host.up();
    assert.equal(Object(outputs.workers).sample.url, "https://example.com/shop");
    const { result } = await cloudflare("GET", "/workers/scripts/sample-prod/subdomain");
    assert.deepEqual(result, { enabled: false, previews_enabled: false });
    assert.equal((await ask(workers(), "", { path: "/shop/x", host: "example.com" })).status, 200);
    assert.equal((await ask(workers(), "", { path: "/other", host: "example.com" })).status, 404);
  });
});
