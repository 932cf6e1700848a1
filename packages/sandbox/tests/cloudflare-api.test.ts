import assert from "node:assert/strict";
import { after, before } from "mocha";
import { createToken } from "../src/cloudflare/index.ts";
import { type Half, identity, newFolder, removeFolder, SCRIPTS, startHalf } from "./cloudflare-harness.ts";

describe("sandbox/cloudflare: envelope, tokens and accounts", () => {
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder, { eager: false });
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const wrong = "wrong-token-0123456789-0123456789-0123456789";

  it("verifies the sandbox's token", async () => {
    for (const path of ["/user/tokens/verify", "/accounts/A/tokens/verify"]) {
      const { status, body } = await half.call("GET", path);
      assert.equal(status, 200);
      assert.equal(body.success, true);
      assert.equal(body.result.status, "active");
      assert.deepEqual(body.messages, [
        { code: 10000, message: "This API Token is valid and active", type: null },
      ]);
    }
  });

  const refusals: readonly [what: string, path: string, headers: Record<string, string>, number, number][] = [
    ["a wrong token, verify", "/user/tokens/verify", as(wrong), 401, 1000],
    ["a wrong token in an account", SCRIPTS, as(wrong), 403, 10000],
    ["a wrong token elsewhere", "/user", as(wrong), 403, 9109],
    ["a token that is no token", "/user", as("short"), 400, 6003],
    ["no scheme", "/user", { authorization: identity.token }, 400, 6003],
    ["another account", "/accounts/ffffffffffffffffffffffffffffffff/workers/scripts", {}, 403, 9109],
    ["no account id", "/accounts/nonsense/workers/scripts", {}, 404, 7003],
    ["an unknown path", "/nowhere", {}, 404, 7000],
    ["a known path that is not here", "/accounts/A/hyperdrive/configs", {}, 501, 10013],
    ["an unknown Worker", `${SCRIPTS}/nobody/settings`, {}, 404, 10007],
  ];
  for (const [what, path, headers, status, code] of refusals) {
    it(`${code} for ${what}`, async () => {
      const reply = await half.call("GET", path, undefined, headers);
      assert.equal(reply.status, status);
      assert.equal(reply.codes[0], code);
      assert.equal(reply.body.success, false);
      assert.equal(reply.body.result, null);
    });
  }

  it("chains 6111 to 6003", async () => {
    const { body } = await half.call("GET", "/user", undefined, as("short"));
    assert.equal(body.errors[0]?.error_chain?.[0]?.code, 6111);
  });
  it("9106 without credentials", async () => {
    const answer = await fetch(`${half.api}/user`);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /"code":9106/);
  });
  it("does not let the Go client ask again for what will never be here", async () => {
    const { headers } = await half.call("GET", "/accounts/A/hyperdrive/configs");
    assert.equal(headers.get("x-should-retry"), "false");
  });

  it("knows further tokens, and what became of them", async () => {
    const good = createToken(half.context);
    assert.equal((await half.call("GET", SCRIPTS, undefined, as(good.value))).status, 200);
    const expired = createToken(half.context, { expiresOn: "2026-01-01T00:00:00Z" });
    const { status, body } = await half.call("GET", "/user/tokens/verify", undefined, as(expired.value));
    assert.equal(status, 200);
    assert.deepEqual(body.result, {
      id: expired.id,
      status: "expired",
      expires_on: "2026-01-01T00:00:00Z",
    });
    const refused = await half.call("GET", SCRIPTS, undefined, as(expired.value));
    assert.deepEqual([refused.status, refused.codes], [401, [10000]]);
    const disabled = createToken(half.context, { status: "disabled" });
    const asked = await half.call("GET", "/user/tokens/verify", undefined, as(disabled.value));
    assert.equal(asked.body.result.status, "disabled");
  });

  it("says who one is and which account there is", async () => {
    assert.equal((await half.call("GET", "/user")).body.result.email, identity.email);
    const accounts = await half.call("GET", "/accounts?page=1");
    assert.equal((accounts.body.result as unknown as { id: string }[])[0]?.id, identity.accountId);
    assert.deepEqual(accounts.body.result_info, {
      page: 1,
      per_page: 20,
      count: 1,
      total_count: 1,
      total_pages: 1,
    });
    const memberships = await half.call("GET", "/memberships?page=1");
    const [one] = memberships.body.result as unknown as { account: { id: string } }[];
    assert.equal(one?.account.id, identity.accountId);
    const account = await half.call("GET", `/accounts/${identity.accountId}`);
    assert.equal(account.body.result.name, identity.accountName);
  });
});
