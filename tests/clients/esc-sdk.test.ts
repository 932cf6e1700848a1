import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as esc from "@pulumi/esc-sdk";
import { after, before, describe, it } from "mocha";
import { identity, type Service, startService } from "../../packages/sandbox/tests/pulumi-harness.ts";

/** The calls of `@pulumi/esc-sdk`; one `it` for each group, in the order of an Environment's life. */
describe("clients: esc-sdk", () => {
  const canary = `canary-${randomUUID()}`;
  const org = "acme";
  let service: Service;
  let api: esc.EscApi;
  before(async () => {
    service = await startService();
    const config = new esc.Configuration({ accessToken: identity.token, basePath: service.url });
    api = new esc.EscApi(config);
    // The SDK rebuilds its base path without the port.
    config.basePath = `${service.url}/api/esc`;
  });
  after(() => service.close());

  /** What a failed call was answered with. */
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => assert.fail("the call succeeded"),
      (reason: { response?: { status: number; data: { code: number; message: string } } }) => reason,
    );
    assert.ok(error.response, String(error));
    const { status, data } = error.response;
    assert.equal(data.code, status);
    return { status, message: data.message };
  };

  it("creates, updates and gets, as text and as an object", async () => {
    await api.createEnvironment(org, "shop", "base");
    assert.equal((await refusal(api.createEnvironment(org, "shop", "base"))).status, 409);
    await api.createEnvironment(org, "shop", "app");
    assert.deepEqual(
      await api.updateEnvironmentYaml(org, "shop", "base", "values:\n  shared: from base\n"),
      {},
    );
    await api.updateEnvironment(org, "shop", "app", {
      imports: ["shop/base"],
      values: {
        key: { "fn::secret": canary },
        environmentVariables: { KEY: "${key}" },
        pulumiConfig: { size: 3 },
      },
    });
    const got = await api.getEnvironment(org, "shop", "app");
    assert.match(got?.yaml ?? "", /ciphertext: ZXNje/);
    assert.deepEqual(got?.definition?.imports, ["shop/base"]);
    assert.equal((await refusal(api.getEnvironment(org, "shop", "none"))).status, 404);
  });

  it("refuses an invalid definition", async () => {
    const refused = await refusal(api.updateEnvironmentYaml(org, "shop", "app", "values: {a: '${nope}'}"));
    assert.deepEqual([refused.status, /invalid/.test(refused.message)], [400, true]);
  });

  it("lists", async () => {
    const listed = await api.listEnvironments(org);
    assert.deepEqual(
      listed?.environments?.map(({ project, name }) => `${project}/${name}`),
      ["shop/app", "shop/base"],
    );
    assert.equal(listed?.nextToken, "");
    assert.equal((await refusal(api.listEnvironments("nobody"))).status, 404);
  });

  it("opens and reads: all, one property, at a version", async () => {
    const opened = await api.openEnvironment(org, "shop", "app");
    const read = await api.readOpenEnvironment(org, "shop", "app", opened?.id ?? "");
    assert.equal(read?.values?.key, canary);
    assert.deepEqual(read?.values?.environmentVariables, { KEY: canary });
    const property = await api.readOpenEnvironmentProperty(
      org,
      "shop",
      "app",
      opened?.id ?? "",
      "pulumiConfig.size",
    );
    assert.equal(property?.value, 3);
    assert.equal((await api.openAndReadEnvironment(org, "shop", "app"))?.values?.shared, "from base");
    const first = await api.openAndReadEnvironmentAtVersion(org, "shop", "base", "1");
    assert.deepEqual(first?.values ?? {}, {});
    const second = await api.openEnvironmentAtVersion(org, "shop", "base", "2");
    assert.ok(second?.id);
    assert.equal((await refusal(api.openEnvironmentAtVersion(org, "shop", "base", "9"))).status, 404);
  });

  it("decrypts, and gets at a version", async () => {
    assert.match((await api.decryptEnvironment(org, "shop", "app"))?.yaml ?? "", new RegExp(canary));
    const first = await api.getEnvironmentAtVersion(org, "shop", "base", "2");
    assert.match(first?.yaml ?? "", /from base/);
  });

  it("checks a definition, valid or not", async () => {
    const good = await api.checkEnvironmentYaml(org, "imports: [shop/base]\nvalues: {a: '${shared}'}\n");
    assert.equal(good?.properties?.a?.value, "from base");
    assert.equal(good?.diagnostics, undefined);
    const bad = await api.checkEnvironment(org, { values: { a: "${nope}" } });
    assert.match(bad?.diagnostics?.[0]?.summary ?? "", /unknown property "nope"/);
  });

  it("lists revisions, and tags them", async () => {
    const revisions = await api.listEnvironmentRevisions(org, "shop", "base");
    assert.deepEqual(
      revisions?.map(({ number }) => number),
      [2, 1],
    );
    assert.deepEqual(await api.listEnvironmentRevisions(org, "shop", "base", 1), []);
    await api.createEnvironmentRevisionTag(org, "shop", "base", "stable", 1);
    await api.updateEnvironmentRevisionTag(org, "shop", "base", "stable", 2);
    assert.equal((await api.getEnvironmentRevisionTag(org, "shop", "base", "stable"))?.revision, 2);
    const tags = await api.listEnvironmentRevisionTags(org, "shop", "base");
    assert.deepEqual(
      tags?.tags?.map(({ name }) => name),
      ["latest", "stable"],
    );
    await api.deleteEnvironmentRevisionTag(org, "shop", "base", "stable");
    assert.equal((await refusal(api.getEnvironmentRevisionTag(org, "shop", "base", "stable"))).status, 404);
  });

  it("tags Environments", async () => {
    await api.createEnvironmentTag(org, "shop", "base", "team", "web");
    assert.equal((await api.getEnvironmentTag(org, "shop", "base", "team"))?.value, "web");
    await api.updateEnvironmentTag(org, "shop", "base", "team", "web", "owner", "shop");
    const listed = await api.listEnvironmentTags(org, "shop", "base");
    assert.equal(listed?.tags?.owner?.value, "shop");
    await api.deleteEnvironmentTag(org, "shop", "base", "owner");
    assert.equal((await refusal(api.getEnvironmentTag(org, "shop", "base", "owner"))).status, 404);
  });

  it("clones and deletes", async () => {
    await api.cloneEnvironment(org, "shop", "app", "copies", "app", { preserveHistory: true });
    assert.equal((await api.openAndReadEnvironment(org, "copies", "app"))?.values?.key, canary);
    await api.deleteEnvironment(org, "copies", "app");
    assert.equal((await refusal(api.deleteEnvironment(org, "copies", "app"))).status, 404);
  });

  it("is let in by its token alone", async () => {
    const config = new esc.Configuration({ accessToken: "x".repeat(40), basePath: service.url });
    const stranger = new esc.EscApi(config);
    config.basePath = `${service.url}/api/esc`;
    assert.equal((await refusal(stranger.listEnvironments(org))).status, 401);
  });
});
