import assert from "node:assert/strict";
import { after, before } from "mocha";
import {
  bytesOf,
  type Half,
  identity,
  newFolder,
  removeFolder,
  SCRIPTS,
  SHOW_ENV,
  secret,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

const WORKERS = "/accounts/A/workers/workers";
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A version as the provider sends it. */
function version(bindings: readonly object[] | undefined, source = SHOW_ENV, more: object = {}) {
  return {
    main_module: "worker.js",
    compatibility_date: "2026-11-01",
    usage_model: "standard",
    modules: [
      { name: "worker.js", content_type: "application/javascript+module", content_base64: base64(source) },
    ],
    ...(bindings === undefined ? {} : { bindings }),
    ...more,
  };
}

describe("sandbox/cloudflare: Workers, versions and deployments of the newer API", () => {
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  const ok = async (method: string, path: string, body?: unknown) => {
    const reply = await half.call(method, path, body);
    assert.deepEqual(reply.body.errors, [], `${method} ${path}`);
    return reply.body.result;
  };
  const refusal = async (method: string, path: string, body?: unknown) => {
    const reply = await half.call(method, path, body);
    return [reply.status, ...reply.codes];
  };
  const env = async (name: string): Promise<unknown> => (await fetch(`${half.workersUrl}/${name}/`)).json();
  const create = async (name: string) => String((await ok("POST", WORKERS, { name })).id);
  const deploy = (name: string, id: unknown, query = "") =>
    half.call("POST", `${SCRIPTS}/${name}/deployments${query}`, {
      strategy: "percentage",
      versions: [{ version_id: id, percentage: 100 }],
    });

  it("creates, reads, replaces, patches and deletes a Worker by id and by name", async () => {
    const sent = {
      logpush: false,
      name: "crud",
      // What plugin 6.17 sends without being asked.
      observability: {
        enabled: false,
        head_sampling_rate: 1,
        traces: { enabled: false, head_sampling_rate: 1, persist: true },
      },
      subdomain: { enabled: false, previews_enabled: false },
      tags: [],
      tail_consumers: [],
    };
    const made = await ok("POST", WORKERS, sent);
    assert.match(String(made.id), /^[0-9a-f]{32}$/);
    const { id, created_on, updated_on, subdomain, ...rest } = made;
    assert.deepEqual(rest, {
      name: "crud",
      logpush: false,
      tags: [],
      tail_consumers: [],
      observability: {
        enabled: false,
        head_sampling_rate: 1,
        logs: {
          enabled: false,
          head_sampling_rate: 1,
          invocation_logs: true,
          persist: true,
          destinations: [],
        },
        traces: { enabled: false, head_sampling_rate: 1, persist: true, destinations: [] },
      },
      references: {
        dispatch_namespace_outbounds: [],
        domains: [],
        durable_objects: [],
        queues: [],
        workers: [],
      },
    });
    for (const key of [id, "crud"]) assert.deepEqual(await ok("GET", `${WORKERS}/${key}`), made);
    const listed = (await ok("GET", WORKERS)) as unknown as { id: string }[];
    assert.ok(listed.some((worker) => worker.id === id));

    const replaced = await ok("PUT", `${WORKERS}/${id}`, { name: "crud", logpush: true, tags: ["a"] });
    assert.deepEqual([replaced.logpush, replaced.tags, replaced.id], [true, ["a"], id]);
    const edited = await ok("PATCH", `${WORKERS}/crud`, {
      subdomain: { enabled: true },
      observability: { enabled: true },
    });
    assert.deepEqual([edited.logpush, edited.tags], [true, ["a"]]);
    assert.equal((edited.subdomain as { enabled: boolean }).enabled, true);
    assert.equal((edited.observability as { enabled: boolean }).enabled, true);
    assert.equal((await ok("PUT", `${WORKERS}/crud`, { name: "crud" })).logpush, false);
    await ok("DELETE", `${WORKERS}/${id}`);
    assert.deepEqual(await refusal("GET", `${WORKERS}/${id}`), [404, 10007]);
    assert.deepEqual(await refusal("DELETE", `${WORKERS}/${id}`), [404, 10007]);
  });

  const refused: readonly [what: string, method: string, path: string, body: unknown, ...unknown[]][] = [
    ["no name", "POST", WORKERS, {}, 400, 10026],
    ["a bad name", "POST", WORKERS, { name: "../up" }, 400, 10016],
    [
      "a name too long for its address",
      "POST",
      WORKERS,
      { name: "n".repeat(64), subdomain: { enabled: true } },
      400,
      10016,
    ],
    ["an unknown Worker", "GET", `${WORKERS}/nobody`, undefined, 404, 10007],
    ["versions of nobody", "GET", `${WORKERS}/nobody/versions`, undefined, 404, 10007],
    ["a version for nobody", "POST", `${WORKERS}/nobody/versions`, version([]), 404, 10007],
    ["a patch for nobody", "PATCH", `${WORKERS}/nobody/versions/latest`, { env: {} }, 404, 10007],
  ];
  for (const [what, method, path, body, ...answer] of refused) {
    it(`refuses ${what}`, async () => assert.deepEqual(await refusal(method, path, body), answer));
  }

  it("refuses a name that is taken, however the Worker came about", async () => {
    await half.call("PUT", `${SCRIPTS}/taken`, upload(SHOW_ENV));
    assert.deepEqual(await refusal("POST", WORKERS, { name: "taken" }), [400, 10026]);
    await create("other");
    assert.deepEqual(await refusal("PUT", `${WORKERS}/other`, { name: "taken" }), [400, 10026]);
  });

  it("makes versions whose reads answer what was sent, and nothing that was not", async () => {
    const id = await create("versioned");
    const bindings = [
      { name: "CAPTURE_RATE", type: "plain_text", text: "r" },
      secret("CAPTURES", "c"),
      { name: "a", type: "plain_text", text: "a" },
    ];
    const first = await ok("POST", `${WORKERS}/${id}/versions`, version(bindings));
    assert.equal(first.number, 1);
    assert.deepEqual(
      (first.bindings as { name: string }[]).map(({ name }) => name),
      ["CAPTURES", "CAPTURE_RATE", "a"],
    );
    assert.equal(JSON.stringify(first).includes('"text":"c"'), false);
    const { urls, modules: none, ...read } = await ok("GET", `${WORKERS}/versioned/versions/${first.id}`);
    assert.deepEqual({ ...read, urls }, first);
    assert.equal(none, undefined);
    const whole = await ok("GET", `${WORKERS}/${id}/versions/${first.id}?include=modules`);
    assert.deepEqual(whole.modules, version([]).modules);

    const bare = await ok(
      "POST",
      `${WORKERS}/${id}/versions`,
      version(undefined, SHOW_ENV, { usage_model: null }),
    );
    const given = {
      limits: { cpu_ms: 50 },
      placement: { mode: "smart" },
      cache_options: { enabled: true },
      containers: [{ class_name: "Counter" }],
      exports: { Entry: { type: "worker", cache: { enabled: false } } },
      package_dependencies: [{ name: "p", installedVersion: "1.2.3", packageJsonVersion: "^1" }],
    };
    for (const key of ["bindings", "migration_tag", ...Object.keys(given)])
      assert.equal(key in bare, false, key);
    assert.equal(bare.usage_model, "standard");
    assert.deepEqual((await ok("POST", `${WORKERS}/${id}/versions`, version([]))).bindings, []);
    const full = await ok("POST", `${WORKERS}/${id}/versions`, version([], SHOW_ENV, given));
    for (const [key, value] of Object.entries(given)) assert.deepEqual(full[key], value, key);
    const { urls: _, ...again } = await ok("GET", `${WORKERS}/${id}/versions/${full.id}`);
    assert.deepEqual({ ...again, urls: [] }, full);
    const listed = (await ok("GET", `${WORKERS}/${id}/versions`)) as unknown as { number: number }[];
    assert.deepEqual(
      listed.map(({ number }) => number),
      [4, 3, 2, 1],
    );
  });

  it("sends traffic only to what is deployed", async () => {
    const id = await create("live");
    assert.equal((await fetch(`${half.workersUrl}/live/`)).status, 404);
    const first = await ok("POST", `${WORKERS}/${id}/versions`, version([secret("S", "one")]));
    assert.equal((await fetch(`${half.workersUrl}/live/`)).status, 404);
    const deployment = (await deploy("live", first.id)).body.result;
    assert.deepEqual(await env("live"), { S: "one" });
    const again = await ok("GET", `${SCRIPTS}/live/deployments/${deployment.id}`);
    assert.deepEqual(again, deployment);
    await ok("POST", `${WORKERS}/${id}/versions?deploy=true`, version([secret("S", "two")]));
    assert.deepEqual(await env("live"), { S: "two" });
    assert.equal(typeof (await ok("GET", `${WORKERS}/${id}`)).deployed_on, "string");
  });

  it("says of versions and deployments who made them and with what", async () => {
    const id = await create("authored");
    const agents = {
      "wrangler/4.164.0": "wrangler",
      "terraform-provider-cloudflare/5.24.0": "terraform",
      "Cloudflare/JS 7.3.0": "api",
    };
    const user = await ok("GET", "/user");
    for (const [agent, source] of Object.entries(agents)) {
      const headers = { "user-agent": agent };
      const made = (await half.call("POST", `${WORKERS}/${id}/versions`, version([]), headers)).body.result;
      assert.deepEqual([made.source, made.author_id, made.author_email], [source, user.id, user.email]);
      const older = await ok("GET", `${SCRIPTS}/authored/versions/${made.id}`);
      assert.equal((older.metadata as { author_id: string }).author_id, user.id);
      const body = { strategy: "percentage", versions: [{ version_id: made.id, percentage: 100 }] };
      const done = await half.call("POST", `${SCRIPTS}/authored/deployments`, body, headers);
      assert.equal(done.body.result.source, source);
      const service = await ok("GET", "/accounts/A/workers/services/authored");
      const { script } = service.default_environment as { script: { last_deployed_from: string } };
      assert.equal(script.last_deployed_from, source);
    }
  });

  it("is the same model as the older API, both ways", async () => {
    await half.call("PUT", `${SCRIPTS}/both`, upload(SHOW_ENV, { bindings: [secret("S", "old")] }));
    const { id } = await ok("GET", `${WORKERS}/both`);
    const versions = (await ok("GET", `${WORKERS}/${id}/versions`)) as unknown as { id: string }[];
    assert.equal(versions.length, 1);
    const made = await ok(
      "POST",
      `${WORKERS}/${id}/versions`,
      version([
        { name: "S", type: "inherit" },
        { name: "V", type: "plain_text", text: "v" },
      ]),
    );
    const older = await ok("GET", `${SCRIPTS}/both/versions/${made.id}`);
    assert.deepEqual((older.resources as { bindings: unknown }).bindings, made.bindings);
    await deploy("both", made.id);
    assert.deepEqual(await env("both"), { S: "old", V: "v" });

    await create("draft");
    const scripts = (await ok("GET", SCRIPTS)) as unknown as { id: string }[];
    assert.equal(
      scripts.some((one) => one.id === "draft"),
      false,
    );
    assert.deepEqual(await refusal("PUT", `${SCRIPTS}/draft/secrets`, secret("S", "x")), [404, 10007]);
    await half.call("PUT", `${SCRIPTS}/draft`, upload(SHOW_ENV, { bindings: [secret("S", "x")] }));
    assert.deepEqual(await env("draft"), { S: "x" });
  });

  it("keeps what Previews begin with, but for its secrets", async () => {
    const canary = "canary-3f2a9c";
    const env = { V: { type: "plain_text", text: "v" }, S: { type: "secret_text", text: canary } };
    const sent = { logpush: true, limits: { cpu_ms: 50 }, env };
    const shown = { ...sent, env: { V: env.V, S: { type: "secret_text" } } };
    const made = await ok("POST", WORKERS, { name: "previews", previews_base_config: sent });
    assert.deepEqual(made.previews_base_config, shown);
    await half.call("PUT", `${SCRIPTS}/previews`, upload(SHOW_ENV));
    await ok("PATCH", `${WORKERS}/previews`, { previews_base_config: { env: { V: null } } });
    const { previews_base_config } = await ok("GET", `${WORKERS}/previews`);
    assert.deepEqual(previews_base_config, { ...shown, env: { S: { type: "secret_text" } } });
    assert.equal(half.replies.join().includes(canary) || bytesOf(folder).includes(canary), false);
    assert.equal(
      "previews_base_config" in (await ok("PUT", `${WORKERS}/previews`, { name: "previews" })),
      false,
    );
    const untyped = { name: "untyped", previews_base_config: { env: { S: { text: canary } } } };
    assert.deepEqual(await refusal("POST", WORKERS, untyped), [400, 10026]);
  });

  it("names tail consumers as each API does, whichever they were sent to", async () => {
    await create("listens");
    const names = [{ name: "listens" }];
    await ok("POST", WORKERS, { name: "tailed", tail_consumers: names });
    await ok("POST", `${WORKERS}/tailed/versions?deploy=true`, version([]));
    const settings = `${SCRIPTS}/tailed/script-settings`;
    const byScripts = async () => (await ok("GET", settings)).tail_consumers;
    const byWorkers = async () => (await ok("GET", `${WORKERS}/tailed`)).tail_consumers;
    assert.deepEqual([await byWorkers(), await byScripts()], [names, [{ service: "listens" }]]);
    const producers = await ok("GET", "/accounts/A/workers/tails/by-consumer/listens");
    assert.equal((producers as unknown as unknown[]).length, 1);
    const other = { service: "listens", environment: "production" };
    await ok("PATCH", settings, { tail_consumers: [other] });
    assert.deepEqual([await byWorkers(), await byScripts()], [names, [other]]);
    // What is not changed stays as it is.
    await ok("PATCH", `${WORKERS}/tailed`, { tags: ["t"] });
    assert.deepEqual([await byWorkers(), await byScripts()], [names, [other]]);
    assert.deepEqual(await refusal("PATCH", `${WORKERS}/tailed`, { tail_consumers: [other] }), [400, 10026]);
  });

  it("keeps secrets, versions and id under a new name", async () => {
    await half.call("PUT", `${SCRIPTS}/before`, upload(SHOW_ENV, { bindings: [secret("S", "kept")] }));
    const { id } = await ok("GET", `${WORKERS}/before`);
    assert.equal((await ok("PUT", `${WORKERS}/${id}`, { name: "after" })).id, id);
    assert.deepEqual(await env("after"), { S: "kept" });
    assert.equal((await fetch(`${half.workersUrl}/before/`)).status, 404);
    assert.deepEqual(await refusal("GET", `${SCRIPTS}/before/settings`), [404, 10007]);
    await half.call("PUT", `${SCRIPTS}/after`, upload(SHOW_ENV, { keep_bindings: ["secret_text"] }));
    assert.deepEqual(await env("after"), { S: "kept" });
  });

  it("patches the latest version without deploying it", async () => {
    const bindings = [secret("S", "one"), { name: "V", type: "plain_text", text: "v" }];
    await half.call("PUT", `${SCRIPTS}/patched`, upload(SHOW_ENV, { bindings }));
    const patch = (env: object, more: object = {}) =>
      half.call(
        "PATCH",
        `${WORKERS}/patched/versions/latest`,
        { env, annotations: { "workers/message": "m" }, ...more },
        { "content-type": "application/merge-patch+json" },
      );
    const { body } = await patch({ T: { type: "secret_text", text: "two" }, S: null });
    assert.deepEqual(body.errors, []);
    assert.equal((body.result.annotations as Record<string, string>)["workers/message"], "m");
    assert.deepEqual(body.result.bindings, [
      { name: "T", type: "secret_text" },
      { name: "V", type: "plain_text", text: "v" },
    ]);
    assert.deepEqual(await env("patched"), { S: "one", V: "v" });
    const onTop = await patch({ U: { type: "secret_text", text: "three" } });
    await deploy("patched", onTop.body.result.id, "?force=true");
    assert.deepEqual(await env("patched"), { T: "two", U: "three", V: "v" });
    assert.deepEqual((await patch({ T: { type: "secret_text" } })).codes, []);
    assert.deepEqual((await patch({ N: { type: "secret_text" } })).codes, [10021]);
    assert.deepEqual((await patch({}, { compatibility_date: "2026-01-01" })).codes, [10013]);
    await create("empty");
    assert.deepEqual(await refusal("PATCH", `${WORKERS}/empty/versions/latest`, { env: {} }), [404, 10222]);
  });

  it("deletes a version that is not deployed, and its code with the last that has it", async () => {
    const id = await create("trimmed");
    const path = `${WORKERS}/${id}/versions`;
    const live = await ok("POST", `${path}?deploy=true`, version([]));
    assert.deepEqual(await refusal("DELETE", `${path}/${live.id}`), [400, 10026]);
    const other = await ok("POST", path, version([], `${SHOW_ENV}//`));
    await ok("DELETE", `${path}/${other.id}`);
    assert.deepEqual(await refusal("GET", `${path}/${other.id}`), [404, 10007]);
    const next = await ok("POST", path, version([secret("S", "x")]));
    assert.equal(next.number, 3);
    assert.deepEqual((await deploy("trimmed", next.id)).codes, []);
    assert.deepEqual(await env("trimmed"), { S: "x" });
  });

  const badVersions: readonly [what: string, body: object, ...unknown[]][] = [
    ["no code", { main_module: "worker.js" }, 400, 10021],
    ["code that does not start", version([], "export default {"), 400, 10021],
    [
      "base64 that is none",
      { main_module: "a", modules: [{ name: "a", content_type: "x", content_base64: "*" }] },
      400,
      10026,
    ],
    ["a secret without text", version([{ name: "S", type: "secret_text" }]), 400, 10021],
    ["a name twice", version([secret("S", "x"), secret("S", "y")]), 400, 10053],
  ];
  for (const [what, body, ...answer] of badVersions) {
    it(`refuses a version with ${what}`, async () => {
      const name = `bad-${badVersions.findIndex(([one]) => one === what)}`;
      const id = await create(name);
      assert.deepEqual(await refusal("POST", `${WORKERS}/${id}/versions`, body), answer);
      assert.deepEqual(await refusal("GET", `${WORKERS}/${id}/versions/latest`), [404, 10222]);
    });
  }

  it("is there again after a restart", async () => {
    await create("lasting");
    await ok("POST", `${WORKERS}/lasting/versions?deploy=true`, version([secret("S", "x")]));
    await half.stop();
    half = await startHalf(folder);
    assert.deepEqual(await env("lasting"), { S: "x" });
    assert.equal((await ok("GET", `${WORKERS}/lasting`)).name, "lasting");
    assert.equal(identity.accountId.length, 32);
  });
});
