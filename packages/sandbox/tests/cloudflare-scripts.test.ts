import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before } from "mocha";
import { boundaryOf, parseForm } from "../src/cloudflare/multipart.ts";
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

type Items = readonly Record<string, unknown>[];

describe("sandbox/cloudflare: scripts, secrets, versions", () => {
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  const put = async (name: string, source: string, metadata: Record<string, unknown> = {}, query = "") => {
    const reply = await half.call("PUT", `${SCRIPTS}/${name}${query}`, upload(source, metadata));
    assert.deepEqual(reply.body.errors, []);
    return reply.body.result;
  };
  const env = async (name: string): Promise<unknown> => (await fetch(`${half.workersUrl}/${name}/`)).json();
  const bindings = async (name: string): Promise<Items> =>
    (await half.call("GET", `${SCRIPTS}/${name}/settings`)).body.result.bindings as Items;

  it("answers an upload, and every read of it alike", async () => {
    const source = `\uFEFF${SHOW_ENV}\r\n`;
    const result = await put("alike", source, {
      bindings: [secret("S", "s-value"), { name: "V", type: "plain_text", text: "v" }],
      compatibility_flags: ["nodejs_compat"],
    });
    assert.equal(result.id, "alike");
    assert.deepEqual(result.handlers, ["fetch"]);
    assert.equal("bindings" in result, false);
    assert.equal(typeof result.startup_time_ms, "number");

    const service = await half.call("GET", "/accounts/A/workers/services/alike");
    const { script } = service.body.result.default_environment as { script: Record<string, unknown> };
    for (const [key, value] of Object.entries(script)) assert.deepEqual(result[key], value, key);

    const settings = await half.call("GET", `${SCRIPTS}/alike/settings`);
    assert.deepEqual(settings.body.result, {
      bindings: [
        { name: "S", type: "secret_text" },
        { name: "V", type: "plain_text", text: "v" },
      ],
      compatibility_date: "2026-11-01",
      compatibility_flags: ["nodejs_compat"],
      usage_model: "standard",
      placement: {},
      logpush: false,
      tags: [],
      tail_consumers: [],
    });

    const headers = { authorization: `Bearer ${identity.token}` };
    const base = `${half.api}/accounts/${identity.accountId}/workers/scripts/alike`;
    const content = await fetch(`${base}/content/v2`, { headers });
    assert.equal(content.headers.get("cf-entrypoint"), "worker.js");
    const boundary = boundaryOf(content.headers.get("content-type") ?? "") ?? "";
    const [first] = parseForm(new Uint8Array(await content.arrayBuffer()), boundary);
    assert.deepEqual(Buffer.from(first?.bytes ?? []), Buffer.from(source));
    const raw = await fetch(base, { headers });
    assert.deepEqual(Buffer.from(await raw.arrayBuffer()), Buffer.from(source));

    const list = await half.call("GET", SCRIPTS);
    assert.ok((list.body.result as unknown as Items).some(({ id }) => id === "alike"));
  });

  it("echoes an empty compatibility date, and omits one that was not sent", async () => {
    assert.equal((await put("no-date", SHOW_ENV, { compatibility_date: "" })).compatibility_date, "");
    assert.equal(
      "compatibility_date" in (await put("no-date", SHOW_ENV, { compatibility_date: null })),
      false,
    );
  });

  it("answers a request with the secret's effect", async () => {
    await put("effect", SHOW_ENV, {
      bindings: [
        secret("S", "one"),
        { name: "J", type: "json", json: { deep: [1] } },
        { name: "__proto__", type: "plain_text", text: "p" },
      ],
    });
    const found = (await env("effect")) as Record<string, unknown>;
    assert.deepEqual([found.S, found.J], ["one", { deep: [1] }]);
  });

  it("runs several modules of all kinds", async () => {
    const form = upload(
      `import { name } from "./lib/name.js"; import text from "./note.txt"; import data from "./blob.bin";
       export default { fetch: () => Response.json([name, text, new Uint8Array(data).length]) };`,
      {},
      {
        "lib/name.js": ["application/javascript+module", "export const name = 'lib';"],
        "note.txt": ["text/plain", "a note"],
        "blob.bin": ["application/octet-stream", new Uint8Array([0, 255, 13])],
        "worker.js.map": ["application/source-map", "{}"],
      },
    );
    assert.equal((await half.call("PUT", `${SCRIPTS}/modules`, form)).status, 200);
    assert.deepEqual(await env("modules"), ["lib", "a note", 3]);
  });

  it("replaces the binding set unless told to keep", async () => {
    await put("keep", SHOW_ENV, { bindings: [secret("A", "a"), secret("B", "b")] });
    await put("keep", SHOW_ENV, { bindings: [secret("C", "c")], keep_bindings: ["secret_text"] });
    assert.deepEqual(await env("keep"), { C: "c", A: "a", B: "b" });
    await put("keep", SHOW_ENV, { bindings: [{ name: "A", type: "inherit" }] });
    assert.deepEqual(await env("keep"), { A: "a" });
    await put("keep", SHOW_ENV);
    assert.deepEqual(await bindings("keep"), []);
    const strict = await half.call(
      "PUT",
      `${SCRIPTS}/keep?bindings_inherit=strict`,
      upload(SHOW_ENV, { bindings: [{ name: "A", type: "inherit" }] }),
    );
    assert.deepEqual(strict.body.errors, [{ code: 10057, message: "inherit binding 'A' is invalid" }]);
  });

  const refused: readonly [what: string, name: string, form: FormData, number, number[]][] = [
    ["a name", "Not-A-Name", upload(SHOW_ENV), 400, [10016]],
    ["a syntax error", "bad", upload("export default {"), 400, [10021]],
    ["code that throws", "bad", upload("throw new Error('boom'); export default {};"), 400, [10021]],
    ["no handlers", "bad", upload("export default {};"), 400, [10068]],
    ["a date to come", "bad", upload(SHOW_ENV, { compatibility_date: "2099-01-01" }), 400, [10021]],
    ["a malformed date", "bad", upload(SHOW_ENV, { compatibility_date: "today" }), 400, [10021]],
    ["an unknown flag", "bad", upload(SHOW_ENV, { compatibility_flags: ["no_such_flag"] }), 400, [10021]],
    ["a missing module", "bad", upload(SHOW_ENV, { main_module: "other.js" }), 400, [10021]],
    [
      "several bindings",
      "bad",
      upload(SHOW_ENV, { bindings: [{ name: "S", type: "secret_text" }, { type: "json" }] }),
      400,
      [10021, 10052],
    ],
    ["metadata of another shape", "bad", upload(SHOW_ENV, { bindings: "none" }), 400, [10026]],
    ["a service worker", "bad", upload(SHOW_ENV, { main_module: undefined, body_part: "x" }), 501, [10013]],
  ];
  for (const [what, name, form, status, codes] of refused) {
    it(`refuses ${what} with ${codes.join(", ")}`, async () => {
      const reply = await half.call("PUT", `${SCRIPTS}/${name}`, form);
      assert.deepEqual([reply.status, reply.codes], [status, codes]);
      assert.equal((await half.call("GET", `${SCRIPTS}/${name}/settings`)).status, 404);
    });
  }
  it("refuses other content types", async () => {
    const reply = await half.call("PUT", `${SCRIPTS}/bad`, {});
    assert.deepEqual([reply.status, reply.codes], [400, [10001]]);
    const sdk = await half.call("PUT", `${SCRIPTS}/bad`, "--x", { "content-type": "application/javascript" });
    assert.equal(sdk.status, 501);
  });

  it("sets, lists and deletes secrets, each as a deployed version", async () => {
    await put("secrets", SHOW_ENV, { bindings: [{ name: "V", type: "plain_text", text: "v" }] });
    const path = `${SCRIPTS}/secrets/secrets`;
    const set = await half.call("PUT", path, secret("S", "one"));
    assert.deepEqual(set.body.result, { name: "S", type: "secret_text" });
    await half.call("PUT", path, secret("S", "two"));
    await half.call("PUT", path, secret("T", "three"));
    assert.deepEqual((await half.call("GET", path)).body.result, [
      { name: "S", type: "secret_text" },
      { name: "T", type: "secret_text" },
    ]);
    assert.deepEqual(await env("secrets"), { V: "v", S: "two", T: "three" });
    const bulk = await half.call(
      "PATCH",
      `${path}-bulk`,
      { secrets: { S: null, U: secret("U", "four"), GONE: null } },
      { "content-type": "application/merge-patch+json" },
    );
    assert.equal(bulk.status, 200);
    assert.deepEqual(await env("secrets"), { V: "v", T: "three", U: "four" });
    assert.equal((await half.call("DELETE", `${path}/T?url_encoded=true`)).status, 200);
    const versions = await half.call("GET", `${SCRIPTS}/secrets/versions`);
    assert.equal((versions.body.result.items as Items).length, 6);
    const deployments = await half.call("GET", `${SCRIPTS}/secrets/deployments`);
    assert.equal((deployments.body.result.deployments as Items).length, 6);
  });

  const secretFaults: readonly [string, unknown, string, number, number[]][] = [
    ["PUT", secret("V", "x"), "", 400, [10053]],
    ["PUT", { name: "S", type: "secret_text" }, "", 400, [10021]],
    ["PUT", { type: "secret_text", text: "x" }, "", 400, [10052]],
    ["PUT", secret("S", "x".repeat(5121)), "", 400, [10054]],
    ["PUT", "text", "", 400, [10026]],
    ["DELETE", undefined, "/NOBODY", 404, [10056]],
    ["GET", undefined, "/V", 404, [10056]],
    ["PATCH", { secrets: { V: secret("V", "x"), S: { name: "S" } } }, "-bulk", 400, [10053, 10021]],
  ];
  for (const [method, body, suffix, status, codes] of secretFaults) {
    it(`${method} secrets${suffix}: ${codes.join(", ")}`, async () => {
      await put("faults", SHOW_ENV, { bindings: [{ name: "V", type: "plain_text", text: "v" }] });
      const reply = await half.call(method, `${SCRIPTS}/faults/secrets${suffix}`, body);
      assert.deepEqual([reply.status, reply.codes], [status, codes]);
      assert.deepEqual(await env("faults"), { V: "v" });
    });
  }
  it("10055 at the 129th", async () => {
    const variables = Array.from({ length: 128 }, (_, at) => ({
      name: `V${at}`,
      type: "plain_text",
      text: "",
    }));
    await put("many", SHOW_ENV, { bindings: variables });
    assert.deepEqual((await half.call("PUT", `${SCRIPTS}/many/secrets`, secret("S", "x"))).codes, [10055]);
  });
  it("loses none of many secrets that are set at once", async () => {
    await put("race", SHOW_ENV);
    const all = Array.from({ length: 20 }, (_, at) => at);
    await Promise.all([
      ...all.map((at) => half.call("PUT", `${SCRIPTS}/race/secrets`, secret(`S${at}`, "x"))),
      put("race", `${SHOW_ENV}//`, { keep_bindings: ["secret_text"] }),
    ]);
    assert.equal((await bindings("race")).length, 20);
  });

  it("uploads a version, deploys it, and refuses secret edits in between", async () => {
    await put("steps", SHOW_ENV, { bindings: [secret("S", "one")] });
    const version = await half.call(
      "POST",
      `${SCRIPTS}/steps/versions?bindings_inherit=strict`,
      upload(SHOW_ENV, {
        bindings: [
          { name: "V", type: "plain_text", text: "new" },
          { name: "S", type: "inherit" },
        ],
        annotations: { "workers/message": "hello" },
      }),
    );
    assert.deepEqual(version.body.errors, []);
    assert.deepEqual(await env("steps"), { S: "one" });
    const edit = await half.call("PUT", `${SCRIPTS}/steps/secrets`, secret("S", "two"));
    assert.deepEqual(edit.codes, [10215]);
    const bulk = await half.call("PATCH", `${SCRIPTS}/steps/secrets-bulk`, { secrets: { S: null } });
    assert.deepEqual(bulk.codes, [10214]);
    const id = version.body.result.id as string;
    const detail = await half.call("GET", `${SCRIPTS}/steps/versions/${id}`);
    assert.deepEqual((detail.body.result.resources as { bindings: unknown }).bindings, [
      { name: "S", type: "secret_text" },
      { name: "V", type: "plain_text", text: "new" },
    ]);
    const deploy = (versionId: string, percentage = 100, query = "") =>
      half.call("POST", `${SCRIPTS}/steps/deployments${query}`, {
        strategy: "percentage",
        versions: [{ version_id: versionId, percentage }],
      });
    assert.deepEqual((await deploy(id, 50)).codes, [10026]);
    assert.deepEqual((await deploy("nobody")).codes, [10007]);
    const done = await deploy(id);
    assert.equal(done.status, 200);
    assert.deepEqual(await env("steps"), { V: "new", S: "one" });
    const again = await half.call("GET", `${SCRIPTS}/steps/deployments/${done.body.result.id}`);
    assert.deepEqual(again.body.result, done.body.result);

    await half.call("PUT", `${SCRIPTS}/steps/secrets`, secret("S", "two"));
    const back = await deploy(id);
    assert.deepEqual(back.codes, [10220]);
    assert.match(back.body.errors[0]?.message ?? "", /The following secrets have changed: S$/);
    assert.equal((await deploy(id, 100, "?force=true")).status, 200);
    assert.deepEqual(await env("steps"), { V: "new", S: "one" });
  });

  it("switches the workers.dev address", async () => {
    await put("address", SHOW_ENV);
    const path = `${SCRIPTS}/address/subdomain`;
    const off = { enabled: false, previews_enabled: false };
    assert.deepEqual((await half.call("GET", path)).body.result, off);
    assert.deepEqual((await half.call("POST", path, { enabled: true })).body.result, {
      enabled: true,
      previews_enabled: true,
    });
    const worker = await half.call("GET", "/accounts/A/workers/workers/address");
    assert.deepEqual(worker.body.result.subdomain, {
      enabled: true,
      previews_enabled: true,
      url: half.workersUrl.replace("127.0.0.1", "address.localhost"),
      preview_url_suffix: "-address.sandbox.workers.dev",
    });
    const byId = await half.call("GET", `/accounts/A/workers/workers/${String(worker.body.result.id)}`);
    assert.deepEqual(byId.body.result, worker.body.result);
    assert.deepEqual((await half.call("DELETE", path)).body.result, off);
    assert.deepEqual((await half.call("POST", path, {})).codes, [10026]);
    assert.deepEqual((await half.call("GET", "/accounts/A/workers/subdomain")).body.result, {
      subdomain: "sandbox",
    });
  });

  it("changes script settings without a new version", async () => {
    await put("settings", SHOW_ENV);
    const patch = { observability: { enabled: true }, tags: ["t"] };
    assert.equal((await half.call("PATCH", `${SCRIPTS}/settings/script-settings`, patch)).status, 200);
    const { result } = (await half.call("GET", `${SCRIPTS}/settings/settings`)).body;
    assert.deepEqual([result.observability, result.tags], [{ enabled: true }, ["t"]]);
    const versions = await half.call("GET", `${SCRIPTS}/settings/versions`);
    assert.equal((versions.body.result.items as Items).length, 1);
  });

  it("says who is bound to a Worker", async () => {
    await put("target", SHOW_ENV);
    const forward = "export default { fetch(request, env) { return env.T.fetch(request); } };";
    await put("caller", forward, { bindings: [{ name: "T", type: "service", service: "target" }] });
    const { result } = (await half.call("GET", `${SCRIPTS}/target/references`)).body;
    const { incoming } = result.services as { incoming: Items };
    assert.deepEqual(
      incoming.map(({ service }) => service),
      ["caller"],
    );
    assert.deepEqual(await (await fetch(`${half.workersUrl}/caller/`)).json(), {});
  });

  it("deletes a script with everything it had", async () => {
    await put("gone", SHOW_ENV, { bindings: [secret("S", "old")] });
    assert.equal((await half.call("DELETE", `${SCRIPTS}/gone`)).status, 200);
    assert.deepEqual((await half.call("DELETE", `${SCRIPTS}/gone`)).codes, [10007]);
    assert.equal((await fetch(`${half.workersUrl}/gone/`)).status, 404);
    await put("gone", SHOW_ENV, { keep_bindings: ["secret_text"] });
    assert.deepEqual(await env("gone"), {});
    assert.equal((await half.call("DELETE", "/accounts/A/workers/services/gone?force=true")).status, 200);
  });

  it("keeps a secret out of the folder's bytes and of every reply", async () => {
    const canary = `canary-${randomBytes(12).toString("hex")}`;
    const thrown = `import { env } from "cloudflare:workers"; throw new Error(env.S); export default {};`;
    const withSecret = { bindings: [secret("S", canary), secret("K", canary)] };
    await put("canary", SHOW_ENV, withSecret);
    assert.deepEqual(await env("canary"), { S: canary, K: canary });
    const refusal = await half.call("PUT", `${SCRIPTS}/canary`, upload(thrown, withSecret));
    assert.deepEqual(refusal.body.errors, [
      { code: 10021, message: "Uncaught Error: [secret]\n  at worker.js:1:49" },
    ]);
    await half.call("PUT", `${SCRIPTS}/canary/secrets`, secret("T", canary));
    await half.call("PUT", `${SCRIPTS}/canary/secrets`, secret("T", canary.repeat(300)));
    await half.call("PUT", `${SCRIPTS}/canary/secrets`, { name: "T", type: canary, text: [canary] });
    await half.call("PATCH", `${SCRIPTS}/canary/secrets-bulk`, { secrets: { T: canary } });
    await half.call("PUT", `${SCRIPTS}/canary`, upload(SHOW_ENV, { bindings: [canary] }));
    for (const part of ["settings", "secrets", "versions", "deployments", "references"]) {
      await half.call("GET", `${SCRIPTS}/canary/${part}`);
    }
    assert.deepEqual(
      half.replies.filter((reply) => reply.includes(canary)),
      [],
    );
    const bytes = bytesOf(folder);
    assert.equal(bytes.includes(canary), false);
    assert.equal(bytes.includes(Buffer.from(canary).toString("base64").slice(0, 24)), false);
  });
});
