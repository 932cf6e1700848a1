import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { environmentCalls, ORG, values } from "./pulumi-environments-harness.ts";
import { type Service, startService } from "./pulumi-harness.ts";

describe("sandbox, Pulumi half: Environments, checked and opened", () => {
  let service: Service;
  const { make, open } = environmentCalls(() => service);
  before(async () => {
    service = await startService();
    await make("base", "values: {from: base, key: {fn::secret: hidden}}");
    await make("other", "values: {from: other}");
    await make("plain", "values: {from: default project}", "default");
  });
  after(() => service.close());

  it("evaluates imports: by project, by revision, and without a project from 'default'", async () => {
    for (const [reference, from] of [
      ["shop/base", "base"],
      ["shop/base@2", "base"],
      ["plain", "default project"],
    ]) {
      const read = await open(`${ORG}/yaml/open?duration=2h0m0s`, JSON.stringify({ imports: [reference] }));
      assert.equal(values(await read()).from, from);
      assert.equal((await read("?property=from")).body.value, from);
    }
    const read = await open(`${ORG}/yaml/open`, '{"imports":["shop/base"]}');
    assert.equal((await read("?property=nothing")).status, 404);
  });

  it("reports an import that is not there", async () => {
    const reply = await service.call("POST", `${ORG}/yaml/open`, '{"imports":["shop/none"]}');
    assert.equal(reply.status, 400);
    const [first] = reply.body.diagnostics as { summary: string; range: { environment: string } }[];
    assert.match(String(first?.summary), /shop\/none/);
    assert.equal(first?.range.environment, "<yaml>");
  });

  it("takes other Environments in place of imports", async () => {
    const overrides = Buffer.from('{"shop/base":"shop/other"}').toString("base64url");
    const path = `${ORG}/yaml/open?environmentOverrides=${overrides}`;
    const read = await open(path, '{"imports":["shop/base"]}');
    assert.equal(values(await read()).from, "other");
    assert.equal((await service.call("POST", `${ORG}/yaml/open?environmentOverrides=%21`, "{}")).status, 400);
  });

  it("shows secrets in a check only when asked to", async () => {
    for (const path of [`${ORG}/shop/base/check`, `${ORG}/shop/base/versions/2/check`]) {
      const { key } = (await service.call("POST", path)).body.properties as { key: { secret: boolean } };
      assert.equal(key.secret, true);
      assert.equal(JSON.stringify(key).includes("hidden"), false);
      const shown = await service.call("POST", `${path}?showSecrets=true`);
      assert.equal(values(shown).key, "hidden");
    }
  });

  it("knows who asks, and where", async () => {
    const text = "values: {who: '${context.pulumi.user.login}@${context.pulumi.organization.login}'}";
    const read = await open(`${ORG}/yaml/open`, text);
    assert.equal(values(await read()).who, "ann@acme");
  });

  it("answers an empty document with an empty object", async () => {
    assert.deepEqual((await service.call("POST", `${ORG}/yaml/check`, "")).body, {
      environmentFunctionSummary: { funcCounts: {}, rotationPaths: [] },
    });
    const read = await open(`${ORG}/yaml/open`, "{}");
    assert.deepEqual((await read()).body, {});
  });

  it("counts the functions of a definition, and says where secrets are rotated", async () => {
    const text =
      "values: {a: {fn::secret: x}, b: [{fn::toJSON: {c: {fn::secret: y}}}], d: {e: {fn::rotate::external: {inputs: {url: u}}}}}";
    const { body } = await service.call("POST", `${ORG}/yaml/check`, text);
    assert.deepEqual(body.environmentFunctionSummary, {
      funcCounts: { "fn::secret": 2, "fn::toJSON": 1, "fn::rotate::external": 1 },
      rotationPaths: ["d.e"],
    });
  });

  it("keeps every digit of a number", async () => {
    const read = await open(`${ORG}/yaml/open`, "values: {n: 12345678901234567890}");
    assert.match((await read()).text, /"value":12345678901234567890/);
  });

  it("keeps a session as it was opened, until it expires, for its own path", async () => {
    const read = await open(`${ORG}/shop/other/open?duration=1h30m`);
    await service.call("PATCH", `${ORG}/shop/other`, "values: {from: changed}");
    assert.equal(values(await read()).from, "other");
    const { body } = await service.call("POST", `${ORG}/shop/other/open`);
    const elsewhere = await service.call("GET", `${ORG}/shop/base/open/${String(body.id)}`);
    assert.equal(elsewhere.status, 404);
    service.advance(5399);
    assert.equal((await read()).status, 200);
    service.advance(1);
    const expired = await read();
    assert.deepEqual([expired.status, expired.body.code], [404, 404]);
    for (const duration of ["soon", "-1h", "0s"]) {
      const reply = await service.call("POST", `${ORG}/yaml/open?duration=${duration}`, "{}");
      assert.equal(reply.status, 400, duration);
    }
  });

  it("says what is not in the sandbox", async () => {
    const hook = await service.call("POST", `${ORG}/shop/base/hooks`, {});
    assert.deepEqual([hook.status, hook.body.code], [501, 501]);
    assert.deepEqual((await service.call("GET", "/api/esc/providers")).body, {
      providers: ["external"],
    });
    assert.deepEqual((await service.call("GET", `${ORG}/shop/base/schedules`)).body, { schedules: [] });
  });
});
