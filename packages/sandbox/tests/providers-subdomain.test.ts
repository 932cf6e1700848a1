import assert from "node:assert/strict";
import { notFound, result, serveConfigured } from "./providers-harness.ts";
import { SUBDOMAIN, WORKER } from "./providers-workers-script-fixtures.ts";

describe("stand-in for cloudflare: WorkersScriptSubdomain", () => {
  const { recorder, provider } = serveConfigured("cloudflare");
  const path = `${WORKER}/subdomain`;
  const given = { accountId: "acc", scriptName: "w", enabled: true, previewsEnabled: false };

  it("creates and updates by POST, and its id is the account's", async () => {
    recorder.reset({ [`POST ${path}`]: result({ enabled: true, previews_enabled: false }) });
    const created = await provider.create(SUBDOMAIN, given);
    assert.equal(recorder.last().body, '{"enabled":true,"previews_enabled":false}');
    assert.equal(recorder.last().headers["content-type"], "application/json");
    assert.deepEqual(created, { id: "acc", state: { __meta: '{"schema_version":"500"}', ...given } });
    await provider.update(SUBDOMAIN, given, given, { ...given, enabled: false });
    assert.deepEqual(recorder.calls, [`POST ${path}`, `POST ${path}`]);
  });

  it("lets the server choose `previewsEnabled` when it is not given", async () => {
    const { previewsEnabled: _, ...unset } = given;
    recorder.reset({ [`POST ${path}`]: result({ enabled: true, previews_enabled: true }) });
    const created = await provider.create(SUBDOMAIN, unset);
    assert.equal(recorder.last().body, '{"enabled":true}');
    assert.equal(created.state.previewsEnabled, true);
    assert.equal((await provider.diff(SUBDOMAIN, created.state, unset, unset)).changed, false);
  });

  it("reads drift, a 404 as gone, and imports `account/name`", async () => {
    recorder.reset({ [`GET ${path}`]: result({ enabled: false, previews_enabled: false }) });
    const read = await provider.read(SUBDOMAIN, "acc", given, given);
    assert.equal(read.inputs.enabled, false);
    assert.deepEqual((await provider.diff(SUBDOMAIN, read.state, read.inputs, given)).detailed, {
      enabled: "UPDATE",
    });
    const imported = await provider.read(SUBDOMAIN, "acc/w");
    assert.equal(imported.id, "acc");
    assert.deepEqual(imported.inputs, { accountId: "acc", scriptName: "w", enabled: false });
    recorder.reset({ [`GET ${path}`]: notFound });
    assert.equal((await provider.read(SUBDOMAIN, "acc", given, given)).id, "");
  });

  it("deletes by DELETE of the same path, and a 404 is an error", async () => {
    recorder.reset({ [`DELETE ${path}`]: result(null) });
    await provider.delete(SUBDOMAIN, "acc", given);
    assert.deepEqual(recorder.calls, [`DELETE ${path}`]);
    recorder.reset({ [`DELETE ${path}`]: notFound });
    await assert.rejects(provider.delete(SUBDOMAIN, "acc", given), /404 Not Found/);
  });
});
