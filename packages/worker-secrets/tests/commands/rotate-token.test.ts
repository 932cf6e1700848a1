import assert from "node:assert/strict";
import { interrupter } from "../../../../tests/helpers/interrupt-at.ts";
import { filesThatHold } from "../../../../tests/helpers/search-files.ts";
import { killedCalls } from "../../../../tests/volume.ts";
import { verifyToken } from "../../src/api/cloudflare-token.ts";
import { accountTokens } from "../../src/api/cloudflare-tokens.ts";
import { expiry } from "../../src/cli/commands/rotate/platform-token.ts";
import { type WsStack, wsStack } from "./rotate-harness.ts";

describe("ws rotate --token", () => {
  let stack: WsStack;
  const project = "keys";
  const environment = `${project}/dev-cloudflare`;
  const cloudflare = () => stack.world.sandbox.description.cloudflare;
  const stored = async (): Promise<string> => {
    const { environmentVariables } = await stack.world.client.openEnvironment(environment);
    return String(Object(environmentVariables).CLOUDFLARE_API_TOKEN);
  };
  const works = async (token: string) =>
    (await verifyToken(cloudflare().url, cloudflare().accountId, token)).status === "active";
  const all = () => accountTokens(cloudflare().url, cloudflare().accountId, cloudflare().token).list("");
  /** The sandbox's own token may make tokens. */
  const platform = () => ({ env: { CLOUDFLARE_PLATFORM_TOKEN: cloudflare().token } });

  before(async () => {
    stack = await wsStack({ project });
    await stack.host.up();
  });
  after(() => stack?.close());

  it("verifies a given token for every permission before it is stored", async () => {
    const before = await stored();
    const bad = async (token: string, pattern: RegExp) => {
      const text = await stack.refused(["rotate", "--token", "--value", "-"], { input: token });
      assert.match(text, pattern);
      assert.ok(!text.includes(token));
      assert.equal(await stored(), before);
    };
    await bad("sandbox-".padEnd(44, "x"), /Cloudflare does not know it/);
    const { createCloudflareToken } = stack.world.sandbox;
    await bad(createCloudflareToken({ expiresOn: "2026-01-01T00:00:00Z" }), /it is expired/);
    const blind = await accountTokens(cloudflare().url, cloudflare().accountId, cloudflare().token).create({
      name: "blind",
      expiresOn: expiry("1d"),
      account: ["D1 Read"],
      zone: [],
    });
    await bad(blind.value.reveal(), /lacks 'Workers Scripts Write', which the stack needs \(uploads\)/);
    await accountTokens(cloudflare().url, cloudflare().accountId, cloudflare().token).end(blind.id);
  });

  it("stores a given one, tells how the old one ends, and a repeat does no harm", async () => {
    const next = stack.world.sandbox.createCloudflareToken({});
    const text = await stack.good(["rotate", "--token", "--value", "-"], { input: next });
    assert.match(text, /End the old token \(id [\w-]+\) by hand/);
    assert.equal(await stored(), next);
    await stack.good(["rotate", "--token", "--value", "-"], { input: next });
    assert.equal(await stored(), next);
    await stack.host.up();
  });

  it("makes one with an end and the fewest rights, and ends the old one last", async () => {
    await stack.good(["rotate", "--token", "--platform"], platform());
    const one = await stored();
    const done = JSON.parse(await stack.good(["rotate", "--token", "--platform", "--json"], platform()));
    assert.equal(done.ended, true);
    assert.ok(!(await works(one)), "the old one still works");
    const now = await stored();
    assert.ok(await works(now));
    const { expiresOn } = await verifyToken(cloudflare().url, cloudflare().accountId, now);
    const days = (Date.parse(expiresOn ?? "") - Date.now()) / 86_400_000;
    assert.ok(days > 89 && days <= 90, expiresOn);
    const kv = await fetch(`${cloudflare().url}/accounts/${cloudflare().accountId}/storage/kv/namespaces`, {
      headers: { authorization: `Bearer ${now}` },
    });
    assert.equal(kv.status, 403);
    await stack.host.up();
    assert.equal((await all()).length, 1);
  });

  it("says where a token that may make tokens has to be", async () => {
    const text = await stack.refused(["rotate", "--token", "--platform"]);
    assert.match(text, /keys\/platform-cloudflare.*no token that may make tokens/);
    const ended = await stack.run(["rotate", "--token", "--platform", "--expires", "soon"], platform());
    assert.deepEqual([ended.code, ended.calls], [2, []]);
    assert.match(ended.stderr, /it is no number of days/);
  });

  it("always has a working token in ESC, and leaves no orphan, killed at any call", async function () {
    this.timeout(600_000);
    for (const after of [{}, { after: true }] as const) {
      for (const at of killedCalls()) {
        const ended = await stack.run(["rotate", "--token", "--platform"], { ...platform(), at, ...after });
        assert.ok(await works(await stored()), `no working token at ${ended.calls.at(-1)}`);
        if (ended.code === 0) {
          assert.ok(at > 10, "it made too few calls for this to be a test");
          break;
        }
        assert.equal(ended.signal, "SIGKILL", ended.stderr);
      }
      await stack.good(["rotate", "--token", "--platform"], platform());
      assert.equal((await all()).length, 1);
    }
    const text = (await stack.world.client.environment(environment))?.yaml ?? "";
    assert.ok(!text.includes("tokenRotation"), text);
  });

  it("of two at once goes on, or is refused, and a repeat leaves one token", async () => {
    const args = ["rotate", "--token", "--platform"];
    const other = await interrupter(stack.world);
    try {
      const both = await Promise.all([
        stack.run(args, platform()),
        other.run([...args, "--root", stack.root], platform()),
      ]);
      assert.ok(both.some(({ code }) => code === 0));
      for (const { code, stderr } of both)
        if (code !== 0)
          assert.match(stderr, /another rotation of this token has begun|\b409\b|changed by somebody/);
    } finally {
      await other.close();
    }
    assert.ok(await works(await stored()));
    await stack.good(args, platform());
    assert.ok(await works(await stored()));
    assert.equal((await all()).length, 1);
  });

  it("ends cleanly on SIGINT", async () => {
    const ended = await stack.run(["rotate", "--token", "--platform"], {
      ...platform(),
      at: 4,
      signal: "SIGINT",
    });
    assert.equal(ended.code, 130, ended.stderr);
    assert.ok(await works(await stored()));
    await stack.good(["rotate", "--token", "--platform"], platform());
    assert.equal((await all()).length, 1);
    assert.deepEqual(filesThatHold(stack.root, await stored()), []);
  });
});
