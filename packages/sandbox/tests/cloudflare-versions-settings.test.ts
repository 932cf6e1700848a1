import assert from "node:assert/strict";
import { after, before } from "mocha";
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

describe("sandbox/cloudflare: settings without an upload", () => {
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
    const bindings = [secret("S", "one"), { name: "V", type: "plain_text", text: "v" }];
    await half.call("PUT", `${SCRIPTS}/set`, upload(SHOW_ENV, { bindings }));
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });
  const patch = (settings: unknown) => {
    const form = new FormData();
    form.set("settings", typeof settings === "string" ? settings : JSON.stringify(settings));
    return half.call("PATCH", `${SCRIPTS}/set/settings`, form);
  };
  const env = async (): Promise<unknown> => (await fetch(`${half.workersUrl}/set/`)).json();
  const versions = async () =>
    ((await half.call("GET", `${SCRIPTS}/set/versions`)).body.result.items as unknown[]).length;

  it("changes what is the script's without a version", async () => {
    const { body } = await patch({ logpush: true, tags: ["t"], observability: { enabled: true } });
    assert.deepEqual([body.result.logpush, body.result.tags], [true, ["t"]]);
    assert.equal(await versions(), 1);
    assert.equal((await patch({ logpush: null })).body.result.logpush, false);
    assert.deepEqual((await patch({})).body.result.tags, ["t"]);
  });
  it("deploys a version with other bindings and the same code", async () => {
    const { body } = await patch({
      bindings: [
        { name: "S", type: "inherit" },
        { name: "W", type: "plain_text", text: "w" },
      ],
      compatibility_flags: ["nodejs_compat"],
    });
    assert.deepEqual(body.errors, []);
    assert.deepEqual(body.result.bindings, [
      { name: "S", type: "secret_text" },
      { name: "W", type: "plain_text", text: "w" },
    ]);
    const read = await half.call("GET", `${SCRIPTS}/set/settings`);
    assert.deepEqual(read.body.result, body.result);
    assert.deepEqual(await env(), { S: "one", W: "w" });
    assert.equal(await versions(), 2);
    await patch({ usage_model: "standard" });
    assert.deepEqual(await env(), { S: "one", W: "w" });
  });
  it("refuses what an upload would refuse, and stores nothing of it", async () => {
    const before = await versions();
    assert.deepEqual((await patch({ compatibility_flags: ["no_such_flag"], tags: ["lost"] })).codes, [10021]);
    assert.deepEqual((await patch({ logpush: "yes" })).codes, [10026]);
    assert.deepEqual((await patch("{")).codes, [10026]);
    assert.equal(await versions(), before);
    assert.deepEqual((await half.call("GET", `${SCRIPTS}/set/settings`)).body.result.tags, ["t"]);
  });
  it("10214 while the latest version is not deployed, except for what makes none", async () => {
    await half.call("POST", `${SCRIPTS}/set/versions`, upload(SHOW_ENV));
    assert.deepEqual((await patch({ bindings: [] })).codes, [10214]);
    assert.deepEqual((await patch({ logpush: true })).codes, []);
  });
});
