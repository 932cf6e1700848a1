import assert from "node:assert/strict";
import { after, before } from "mocha";
import { type GroupName, idOf } from "../src/cloudflare/tokens/groups.ts";
import {
  bytesOf,
  type Half,
  identity,
  newFolder,
  removeFolder,
  SCRIPTS,
  SHOW_ENV,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

const ACCOUNT = `com.cloudflare.api.account.${identity.accountId}`;
const TOKENS = "/accounts/A/tokens";
const OWNERS = [TOKENS, "/user/tokens"];

function allow(names: readonly GroupName[], resources: object = { [ACCOUNT]: "*" }, effect = "allow") {
  return { effect, permission_groups: names.map((name) => ({ id: idOf(name) })), resources };
}

describe("sandbox/cloudflare: API tokens", () => {
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder, { eager: false });
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });
  const as = (value: unknown) => ({ authorization: `Bearer ${value}` });
  const ok = async (method: string, path: string, body?: unknown) => {
    const reply = await half.call(method, path, body);
    assert.deepEqual(reply.body.errors, [], `${method} ${path}`);
    return reply.body.result;
  };
  const make = (policies: readonly object[], more: object = {}, owner = TOKENS) =>
    ok("POST", owner, { name: "t", policies, ...more });
  const answer = async (value: unknown, method: string, path: string, body?: unknown) => {
    const { status, codes } = await half.call(method, path, body, as(value));
    return status === 200 ? [200] : [status, ...codes];
  };

  for (const owner of OWNERS) {
    it(`creates, reads, changes, rolls and deletes one at ${owner}`, async () => {
      const policy = allow(["Workers Scripts Write", "Account Settings Read"]);
      const sent = {
        name: "deploy",
        policies: [policy],
        not_before: "2026-01-01T00:00:00Z",
        expires_on: "2099-01-01T00:00:00+01:00",
        condition: { request_ip: { in: ["127.0.0.0/8"], not_in: ["10.0.0.1"] } },
      };
      const { value, ...made } = await ok("POST", owner, sent);
      assert.match(String(value), /^[0-9A-Za-z_-]{40,80}$/);
      const { id, issued_on, modified_on, policies, ...rest } = made;
      assert.deepEqual(rest, {
        name: "deploy",
        status: "active",
        not_before: sent.not_before,
        expires_on: sent.expires_on,
        condition: sent.condition,
      });
      const [stored] = policies as Record<string, unknown>[];
      assert.equal(JSON.stringify(stored?.resources), JSON.stringify(policy.resources));
      assert.deepEqual(stored?.permission_groups, [
        { id: idOf("Workers Scripts Write"), name: "Workers Scripts Write" },
        { id: idOf("Account Settings Read"), name: "Account Settings Read" },
      ]);
      assert.deepEqual(await ok("GET", `${owner}/${id}`), made);
      assert.equal("value" in (await ok("GET", `${owner}/${id}`)), false);
      assert.deepEqual(await answer(value, "GET", SCRIPTS), [200]);

      const changed = await ok("PUT", `${owner}/${id}`, { name: "renamed", policies: [policy] });
      assert.deepEqual(
        [changed.name, changed.expires_on, changed.condition],
        ["renamed", undefined, undefined],
      );
      assert.deepEqual(changed.policies, policies);
      const listed = (await ok("GET", owner)) as unknown as { id: string }[];
      assert.ok(listed.some((one) => one.id === id));

      const rolled = await ok("PUT", `${owner}/${id}/value`, {});
      assert.notEqual(rolled, value);
      assert.deepEqual(await answer(value, "GET", SCRIPTS), [403, 10000]);
      assert.deepEqual(await answer(rolled, "GET", SCRIPTS), [200]);
      assert.deepEqual(await ok("DELETE", `${owner}/${id}`), { id });
      assert.deepEqual(await answer(rolled, "GET", SCRIPTS), [403, 10000]);
      assert.equal((await half.call("DELETE", `${owner}/${id}`)).status, 404);
    });
  }

  it("keeps the user's tokens and the account's apart", async () => {
    const mine = await make([allow(["Workers Scripts Read"])], {}, "/user/tokens");
    const its = await make([allow(["Workers Scripts Read"])]);
    assert.equal((await half.call("GET", `${TOKENS}/${mine.id}`)).status, 404);
    assert.equal((await half.call("GET", `/user/tokens/${its.id}`)).status, 404);
    // wrangler finds out by the code 1000 that it has an account's token.
    assert.deepEqual(await answer(its.value, "GET", "/user/tokens/verify"), [401, 1000]);
    assert.deepEqual(await answer(its.value, "GET", "/accounts/A/tokens/verify"), [200]);
    assert.deepEqual(await answer(mine.value, "GET", "/user/tokens/verify"), [200]);
    assert.deepEqual(await answer(mine.value, "GET", "/accounts/A/tokens/verify"), [401, 1000]);
  });

  it("keeps no value on disk", async () => {
    const { value } = await make([allow(["D1 Read"])]);
    assert.equal(bytesOf(folder).includes(String(value)), false);
    assert.equal(half.replies.filter((reply) => reply.includes(String(value))).length, 1);
  });

  const faults: readonly [what: string, body: unknown, status: number, code: number][] = [
    ["no name", { policies: [allow(["D1 Read"])] }, 400, 1001],
    ["no policies", { name: "t", policies: [] }, 400, 1001],
    ["no groups", { name: "t", policies: [allow([])] }, 400, 1001],
    ["no resources", { name: "t", policies: [allow(["D1 Read"], {})] }, 400, 1001],
    [
      "an unknown kind of resource",
      { name: "t", policies: [allow(["D1 Read"], { everything: "*" })] },
      400,
      1001,
    ],
    ["another effect", { name: "t", policies: [allow(["D1 Read"], { [ACCOUNT]: "*" }, "maybe")] }, 400, 1001],
    [
      "a group's name for its id",
      { name: "t", policies: [{ ...allow([]), permission_groups: [{ id: "D1 Read" }] }] },
      400,
      1001,
    ],
    [
      "a group that is not here",
      { name: "t", policies: [{ ...allow([]), permission_groups: [{ id: "f".repeat(32) }] }] },
      501,
      10013,
    ],
    ["a user's group", { name: "t", policies: [allow(["User Details Read"])] }, 400, 1001],
    [
      "another account",
      {
        name: "t",
        policies: [allow(["D1 Read"], { [`com.cloudflare.api.account.${"f".repeat(32)}`]: "*" })],
      },
      400,
      1001,
    ],
    ["a date that is none", { name: "t", policies: [allow(["D1 Read"])], expires_on: "tomorrow" }, 400, 1001],
    [
      "an end before its beginning",
      {
        name: "t",
        policies: [allow(["D1 Read"])],
        not_before: "2027-01-01T00:00:00Z",
        expires_on: "2026-12-01T00:00:00Z",
      },
      400,
      1001,
    ],
    [
      "an address that is none",
      { name: "t", policies: [allow(["D1 Read"])], condition: { request_ip: { in: ["10.0.0.0/33"] } } },
      400,
      1001,
    ],
  ];
  for (const [what, body, status, code] of faults) {
    it(`refuses a token with ${what}`, async () => {
      const reply = await half.call("POST", TOKENS, body);
      assert.deepEqual([reply.status, reply.codes[0]], [status, code]);
    });
  }
  it("says everything that is wrong at once", async () => {
    const policies = [allow(["User Details Read"], { nowhere: "*" }), allow(["D1 Read"], {})];
    assert.deepEqual((await half.call("POST", TOKENS, { name: "t", policies })).codes, [1001, 1001, 1001]);
  });

  it("lists the permission groups, by name and scope too", async () => {
    const all = (await ok("GET", `${TOKENS}/permission_groups`)) as unknown as { name: string }[];
    assert.ok(all.length > 20);
    const path =
      "/user/tokens/permission_groups?name=Workers%20Routes%20Write&scope=com.cloudflare.api.account.zone";
    assert.deepEqual(await ok("GET", path), [
      {
        id: idOf("Workers Routes Write"),
        name: "Workers Routes Write",
        scopes: ["com.cloudflare.api.account.zone"],
      },
    ]);
  });

  const validity: readonly [
    what: string,
    more: object,
    change: object | undefined,
    status: string,
    ...unknown[],
  ][] = [
    ["an expired one", { expires_on: "2026-01-01T00:00:00Z" }, undefined, "expired", 401, 10000],
    ["one that is not valid yet", { not_before: "2099-01-01T00:00:00Z" }, undefined, "active", 401, 10000],
    ["a disabled one", {}, { status: "disabled" }, "disabled", 401, 10000],
    [
      "one from elsewhere only",
      { condition: { request_ip: { in: ["203.0.113.0/24"] } } },
      undefined,
      "active",
      403,
      9109,
    ],
    [
      "one from anywhere but here",
      { condition: { request_ip: { not_in: ["127.0.0.1"] } } },
      undefined,
      "active",
      403,
      9109,
    ],
  ];
  for (const [what, more, change, status, ...refused] of validity) {
    it(`refuses ${what}, and says what became of it`, async () => {
      const policies = [allow(["Workers Scripts Read"])];
      const { id, value } = await make(policies, more);
      if (change !== undefined)
        await ok("PUT", `${TOKENS}/${id}`, { name: "t", policies, ...more, ...change });
      assert.deepEqual(await answer(value, "GET", SCRIPTS), refused);
      const verified = await half.call("GET", `${TOKENS}/verify`, undefined, as(value));
      assert.equal(verified.body.result.status, status);
    });
  }

  const permitted: readonly [
    policies: readonly object[],
    calls: readonly [string, string, ...unknown[]][],
  ][] = [
    [
      [allow(["Workers Scripts Read"])],
      [
        ["GET", SCRIPTS, 200],
        ["DELETE", `${SCRIPTS}/nobody`, 403, 10000],
        ["GET", `/accounts/${identity.accountId}`, 403, 10000],
        ["GET", "/accounts/A/secrets_store/stores", 403, 10000],
        ["GET", TOKENS, 403, 9109],
        ["GET", "/user", 403, 9109],
        ["GET", "/memberships", 403, 10000],
      ],
    ],
    [
      [allow(["Workers Scripts Write"])],
      [
        ["GET", SCRIPTS, 200],
        ["DELETE", `${SCRIPTS}/nobody`, 404, 10007],
        ["GET", "/accounts/A/workers/workers", 200],
      ],
    ],
    [
      [allow(["Account Settings Read"])],
      [
        ["GET", `/accounts/${identity.accountId}`, 200],
        ["GET", SCRIPTS, 403, 10000],
      ],
    ],
    [
      [allow(["Secrets Store Read"])],
      [
        ["GET", "/accounts/A/secrets_store/stores", 200],
        ["POST", "/accounts/A/secrets_store/stores", 403, 10000],
      ],
    ],
    [
      [allow(["Account API Tokens Read"])],
      [
        ["GET", TOKENS, 200],
        ["POST", TOKENS, 403, 9109],
        ["GET", "/user/tokens", 403, 9109],
      ],
    ],
    // A denial outweighs the permission, and only in what it names.
    [
      [
        allow(["Workers Scripts Write", "Account Settings Read"]),
        allow(["Workers Scripts Write"], { [ACCOUNT]: "*" }, "deny"),
      ],
      [
        ["GET", SCRIPTS, 403, 10000],
        ["GET", `/accounts/${identity.accountId}`, 200],
      ],
    ],
    // An account's groups say nothing about zones, and the other way round.
    [
      [allow(["Workers Scripts Read"], { "com.cloudflare.api.account.zone.*": "*" })],
      [["GET", SCRIPTS, 403, 10000]],
    ],
  ];
  for (const [at, [policies, calls]] of permitted.entries()) {
    it(`lets a token do what its policies say (${at + 1})`, async () => {
      const { value } = await make(policies);
      for (const [method, path, ...expected] of calls) {
        assert.deepEqual(await answer(value, method, path), expected, `${method} ${path}`);
      }
    });
  }

  it("knows the user's own groups, and all accounts and zones by a star", async () => {
    const policies = [
      allow(["User Details Read", "Memberships Read", "API Tokens Write"], {
        "com.cloudflare.api.user.*": "*",
      }),
      allow(["Workers Scripts Read"], { "com.cloudflare.api.account.*": "*" }),
    ];
    const { value } = await make(policies, {}, "/user/tokens");
    for (const path of ["/user", "/memberships", SCRIPTS, "/user/tokens"]) {
      assert.deepEqual(await answer(value, "GET", path), [200], path);
    }
  });

  it("shows the account only to a token that can do something in it", async () => {
    const accounts = async (value: unknown) =>
      (await half.call("GET", "/accounts", undefined, as(value))).body.result as unknown as unknown[];
    const mine = await make(
      [allow(["User Details Read"], { "com.cloudflare.api.user.*": "*" })],
      {},
      "/user/tokens",
    );
    const its = await make([allow(["D1 Read"])]);
    assert.equal((await accounts(mine.value)).length, 0);
    assert.equal((await accounts(its.value)).length, 1);
  });

  it("checks a permission before it looks at what was sent", async () => {
    const { value } = await make([allow(["D1 Write"])]);
    const form = upload(SHOW_ENV);
    assert.deepEqual(await answer(value, "PUT", `${SCRIPTS}/refused`, form), [403, 10000]);
    assert.equal((await half.call("GET", `${SCRIPTS}/refused/settings`)).status, 404);
  });

  it("is there again after a restart", async () => {
    const { value } = await make([allow(["Workers Scripts Read"])]);
    await half.stop();
    half = await startHalf(folder, { eager: false });
    assert.deepEqual(await answer(value, "GET", SCRIPTS), [200]);
  });
});
