import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { type CloudflareContext, createCloudflareHalf } from "../../packages/sandbox/src/cloudflare/index.ts";
import { formatForm } from "../../packages/sandbox/src/cloudflare/multipart.ts";
import { createPulumiHalf } from "../../packages/sandbox/src/pulumi/index.ts";
import { openDataFolder } from "../../packages/sandbox/src/store/folder.ts";
import { identity } from "../../packages/sandbox/tests/pulumi-harness.ts";
import { tempFolder } from "../helpers/temp.ts";
import { type Half, keyOf, operations } from "./route-table.ts";

/** As the name of anything. */
const NO_NAMES = ["a b", "\u202ex", "a/b", "../..", "\u001b[31m", "x".repeat(300), "::error::x", "<b>"];

const ORG = "/api/esc/environments/acme";
const ACCOUNT = `/client/v4/accounts/${identity.accountId}`;

interface Creation {
  readonly half: Half;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const pulumi = (path: string, body: unknown): Creation => ({
  half: "Pulumi Cloud",
  method: "POST",
  path,
  body,
});
const cloudflare = (path: string, body: unknown, method = "POST"): Creation => ({
  half: "Cloudflare",
  method,
  path,
  body,
});
const binding = (name: string) => ({ name, text: "t", type: "secret_text" });

/** Every call that gives a name for good. They are made with "good" first, in this order. */
const CREATIONS: Readonly<Record<string, (name: string) => Creation>> = {
  project: (name) => pulumi(`/api/stacks/acme/${encodeURIComponent(name)}`, { stackName: "dev" }),
  stack: (name) => pulumi("/api/stacks/acme/shop", { stackName: name }),
  "renamed stack": (name) =>
    pulumi(`/api/stacks/acme/good/${name === "good" ? "dev" : "good"}/rename`, { newName: name }),
  "Environment's project": (name) => pulumi(ORG, { project: name, name: "e" }),
  Environment: (name) => pulumi(ORG, { project: "shop", name }),
  "cloned Environment": (name) => pulumi(`${ORG}/shop/good/clone`, { project: "other", name }),
  "Environment's tag": (name) => pulumi(`${ORG}/shop/good/tags`, { name, value: "v" }),
  "revision's tag": (name) => pulumi(`${ORG}/shop/good/versions/tags`, { name, revision: 1 }),
  team: (name) =>
    pulumi("/api/orgs/acme/teams/pulumi", {
      organization: "acme",
      teamType: "pulumi",
      name,
      displayName: "",
    }),
  script: (name) => cloudflare(`${ACCOUNT}/workers/scripts/${encodeURIComponent(name)}`, undefined, "PUT"),
  Worker: (name) => cloudflare(`${ACCOUNT}/workers/workers`, { name: name === "good" ? "api" : name }),
  bucket: (name) => cloudflare(`${ACCOUNT}/r2/buckets`, { name }),
  queue: (name) => cloudflare(`${ACCOUNT}/queues`, { queue_name: name }),
};

/** An upload, for what takes no JSON: of a script, with one binding. */
function upload(name: string) {
  const metadata = { main_module: "i.js", compatibility_date: "2026-10-01", bindings: [binding(name)] };
  const part = (id: string, filename: string | undefined, type: string, text: string) => ({
    name: id,
    filename,
    type,
    bytes: Buffer.from(text),
  });
  const code = part("i.js", "i.js", "application/javascript+module", "export default {}");
  return new Uint8Array(
    formatForm([part("metadata", undefined, "application/json", JSON.stringify(metadata)), code], "b"),
  );
}

describe("contract: names that are none", () => {
  const data = openDataFolder(tempFolder());
  const context = { store: data.store, vault: data.vault, identity, now: () => new Date() };
  const validate = async () => ({ ok: true, handlers: ["fetch"], namedHandlers: [] });
  const workers = new Proxy(
    {},
    { get: (_, name) => (name === "validate" ? validate : () => undefined) },
  ) as CloudflareContext["workers"];
  const halves = {
    "Pulumi Cloud": createPulumiHalf({ ...context, journals: true }),
    Cloudflare: createCloudflareHalf({ ...context, workers, workersUrl: () => "http://127.0.0.1" }),
  };
  after(() => data.close());

  const call = async ({ half, method, path, body }: Creation, form?: Uint8Array<ArrayBuffer>) => {
    const headers = {
      authorization: `${half === "Cloudflare" ? "Bearer" : "token"} ${identity.token}`,
      "content-type": form === undefined ? "application/json" : "multipart/form-data; boundary=b",
    };
    const bare = method === "GET" || method === "HEAD";
    const init = { method, headers, ...(bare ? {} : { body: form ?? JSON.stringify(body ?? {}) }) };
    const response = await halves[half].fetch(new Request(`http://127.0.0.1:8977${path}`, init));
    return { status: response.status, text: await response.text() };
  };

  it("are in no path of any route", async () => {
    const taken: string[] = [];
    let calls = 0;
    for (const operation of operations)
      for (const [parameter] of operation.path.matchAll(/:[A-Za-z]+/g))
        for (const name of NO_NAMES) {
          const path = operation.path
            .replace(new RegExp(`${parameter}(\\{[^/]*\\})?(?![A-Za-z])`), encodeURIComponent(name))
            .replace(/:org\b/, "acme")
            .replace(/:account\b/, identity.accountId)
            .replace(/:kind\{[^}]*\}/, "update")
            .replace(/:(?:version|page)\b/g, "1")
            .replace(/:[A-Za-z]+(?:\{[^/]*\})?/g, "x")
            .replace("*", "x");
          const { status } = await call({ half: operation.half, method: operation.method, path });
          calls++;
          const refused = (status >= 400 && status < 500) || status === 501;
          if (!refused) taken.push(`${keyOf(operation)}, ${parameter} ${JSON.stringify(name)}: ${status}`);
        }
    assert.deepEqual(taken, []);
    console.log(`      ${calls} calls`);
  }).timeout(60_000);

  for (const [what, creation] of Object.entries(CREATIONS))
    it(`are refused as the name of a ${what}`, async () => {
      const form = what === "script" ? upload("A") : undefined;
      const good = await call(creation("good"), form);
      assert.ok(good.status < 300, `${good.status}: ${good.text}`);
      for (const name of NO_NAMES) {
        const { status, text } = await call(creation(name), form);
        assert.equal(status, 400, `${JSON.stringify(name)}: ${text}`);
        assert.doesNotMatch(text, /\p{C}/u);
      }
    });

  it("are refused as the name of a binding or a secret", async () => {
    const secrets = `${ACCOUNT}/workers/scripts/good/secrets`;
    for (const name of NO_NAMES.filter((one) => !["a/b", "../..", "::error::x", "<b>"].includes(one))) {
      const answers = [
        await call(cloudflare(`${ACCOUNT}/workers/scripts/good`, undefined, "PUT"), upload(name)),
        await call(cloudflare(secrets, binding(name), "PUT")),
        await call(cloudflare(`${secrets}-bulk`, { secrets: { [name]: binding(name) } }, "PATCH")),
      ];
      for (const { status, text } of answers) {
        assert.equal(status, 400, `${JSON.stringify(name)}: ${text}`);
        assert.match(text, /10052/);
      }
    }
  });
});
