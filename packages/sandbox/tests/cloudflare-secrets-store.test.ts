import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before } from "mocha";
import { storeSecretValue } from "../src/cloudflare/secrets-store/records.ts";
import { bytesOf, type Half, identity, newFolder, removeFolder, startHalf } from "./cloudflare-harness.ts";

const STORES = "/accounts/A/secrets_store/stores";

describe("sandbox/cloudflare: Secrets Store", () => {
  const folder = newFolder();
  let half: Half;
  let store: string;
  before(async () => {
    half = await startHalf(folder, { eager: false });
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
  const says = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await half.call(method, path, body);
    return [status, answer.errors[0]?.code, answer.errors[0]?.message];
  };
  const add = async (name: string, value: string, more: object = {}) => {
    const made = await ok("POST", `${STORES}/${store}/secrets`, [
      { name, value, scopes: ["workers"], ...more },
    ]);
    return (made as unknown as Record<string, unknown>[])[0] ?? {};
  };
  const value = (name: string) => storeSecretValue(half.context, identity.accountId, store, name);

  it("has one store, as an account does", async () => {
    const made = await ok("POST", STORES, { name: "keys" });
    store = String(made.id);
    assert.deepEqual(Object.keys(made).sort(), ["created", "id", "modified", "name"]);
    assert.deepEqual(await ok("GET", `${STORES}/${store}`), made);
    assert.deepEqual(await ok("GET", STORES), [made]);
    assert.deepEqual(await says("POST", STORES, { name: "more" }), [400, 1003, "maximum_stores_exceeded"]);
    assert.deepEqual(await says("POST", STORES, {}), [400, 1001, "store_name_empty"]);
    assert.deepEqual(await says("GET", `${STORES}/other`), [404, 1001, "store_not_found"]);
  });

  it("creates, reads, changes and deletes a secret, and never answers its value", async () => {
    const canary = `canary-${randomBytes(12).toString("hex")}`;
    const made = await add("KEY", canary, { comment: "c" });
    const path = `${STORES}/${store}/secrets/${made.id}`;
    const { id, created, modified, ...rest } = made;
    assert.deepEqual(rest, {
      name: "KEY",
      comment: "c",
      scopes: ["workers"],
      store_id: store,
      status: "active",
    });
    assert.deepEqual(await ok("GET", path), made);
    assert.equal(value("KEY"), canary);
    const changed = await ok("PATCH", path, { value: `${canary}-2` });
    assert.deepEqual([changed.comment, changed.scopes, changed.id], ["c", ["workers"], id]);
    assert.equal(value("KEY"), `${canary}-2`);
    await ok("PATCH", path, { comment: "d" });
    assert.equal(value("KEY"), `${canary}-2`);
    assert.equal((await ok("PATCH", path, { comment: "" })).comment, "");
    const copy = await ok("POST", `${path}/duplicate`, { name: "COPY", scopes: ["workers"] });
    assert.equal(value("COPY"), `${canary}-2`);
    await ok("DELETE", `${STORES}/${store}/secrets/${copy.id}`);
    for (const body of [
      [{ name: canary, value: canary.repeat(4000), scopes: [canary] }],
      [{ value: canary }],
      canary,
    ])
      await half.call("POST", `${STORES}/${store}/secrets`, body);
    assert.deepEqual(
      half.replies.filter((reply) => reply.includes(canary)),
      [],
    );
    assert.equal(bytesOf(folder).includes(canary), false);
    await ok("DELETE", path);
    assert.equal(value("KEY"), undefined);
    assert.deepEqual(await says("DELETE", path), [404, 1001, "secret_not_found"]);
  });

  it("keeps a comment that is empty, and answers none where none was sent", async () => {
    const empty = await add("EMPTY", "x", { comment: "" });
    const none = await add("NONE", "x");
    assert.deepEqual([empty.comment, "comment" in none], ["", false]);
    for (const { id } of [empty, none]) await ok("DELETE", `${STORES}/${store}/secrets/${id}`);
  });

  it("is for Workers only with that scope", async () => {
    await add("NOT_FOR_WORKERS", "x", { scopes: ["ai_gateway"] });
    assert.equal(value("NOT_FOR_WORKERS"), undefined);
  });

  const faults: readonly [what: string, body: unknown, message: string][] = [
    ["no name", [{ name: "", value: "x", scopes: ["workers"] }], "secret_name_empty"],
    ["no value", [{ name: "N", scopes: ["workers"] }], "secret_value_empty"],
    ["no scopes", [{ name: "N", value: "x", scopes: [] }], "secret_scopes_empty"],
    ["an unknown scope", [{ name: "N", value: "x", scopes: ["worker"] }], "secret_scope_invalid"],
    [
      "too long a value",
      [{ name: "N", value: "x".repeat(65_537), scopes: ["workers"] }],
      "secret_value_too_long",
    ],
    ["no list", { name: "N", value: "x", scopes: ["workers"] }, "invalid_json_body"],
  ];
  for (const [what, body, message] of faults) {
    it(`refuses a secret with ${what}`, async () =>
      assert.deepEqual(await says("POST", `${STORES}/${store}/secrets`, body), [400, 1001, message]));
  }
  it("refuses a name that is there, and stores none of the list", async () => {
    await add("TWICE", "x");
    const both = ["NEW", "TWICE"].map((name) => ({ name, value: "y", scopes: ["workers"] }));
    const [status, code] = await says("POST", `${STORES}/${store}/secrets`, both);
    assert.deepEqual([status, code], [400, 1003]);
    assert.deepEqual([value("NEW"), value("TWICE")], [undefined, "x"]);
  });
  it("lists by name, and counts", async () => {
    const found = (await ok("GET", `${STORES}/${store}/secrets?search=twi`)) as unknown as { name: string }[];
    assert.deepEqual(
      found.map(({ name }) => name),
      ["TWICE"],
    );
    const quota = await ok("GET", "/accounts/A/secrets_store/quota");
    assert.deepEqual(quota, { secrets: { quota: 100, usage: 2 } });
  });
  it("deletes a filled store only by force", async () => {
    assert.deepEqual(await says("DELETE", `${STORES}/${store}`), [409, 1003, "store_not_empty"]);
    const full = await half.call("DELETE", `${STORES}/${store}`);
    assert.equal(full.headers.get("x-should-retry"), "false");
    await ok("DELETE", `${STORES}/${store}?force=true`);
    assert.equal(value("TWICE"), undefined);
    assert.deepEqual(await ok("GET", STORES), []);
  });
});
