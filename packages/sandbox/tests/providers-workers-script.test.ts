import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNKNOWN } from "../src/providers/properties.ts";
import { notFound, result, serveConfigured, TOKEN } from "./providers-harness.ts";
import { CODE, inputs, SCRIPT, script, state, WORKER } from "./providers-workers-script-fixtures.ts";

describe("stand-in for cloudflare: WorkersScript", () => {
  const { recorder, provider } = serveConfigured("cloudflare");

  it("is the version that the SDK asks for and takes no secrets", async () => {
    assert.equal(await provider.version(), "6.22.1");
    const answer = await provider.configure();
    assert.equal(answer.getAcceptsecrets(), false);
    assert.equal(answer.getSupportspreview(), true);
  });

  it("creates by one PUT: the script part first, then metadata without a file name", async () => {
    recorder.reset({ [`PUT ${WORKER}`]: result(script) });
    const created = await provider.create(SCRIPT, inputs);
    assert.deepEqual(recorder.calls, [`PUT ${WORKER}`]);

    const { headers, body } = recorder.last();
    assert.equal(headers.authorization, `Bearer ${TOKEN}`);
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(headers["content-type"] ?? "")?.[1];
    const metadata =
      '{"bindings":[{"name":"MODE","text":"dev","type":"plain_text"},{"json":{"a":1},"name":"LIMITS","type":"json"},' +
      '{"name":"TOP_SECRET","text":"s3cr3t","type":"secret_text"}],"compatibility_date":"2026-01-01","logpush":false,' +
      '"main_module":"worker.js","usage_model":"standard"}';
    const lines = [
      `--${boundary}`,
      'Content-Disposition: form-data; name="worker.js"; filename="worker.js"',
      "Content-Type: application/javascript+module",
      "",
      CODE,
      `--${boundary}`,
      'Content-Disposition: form-data; name="metadata"',
      "Content-Type: application/json",
      "",
      metadata,
      `--${boundary}--`,
      "",
    ];
    assert.deepEqual(body.split("\r\n"), lines);
    assert.equal(created.id, "w");
    assert.deepEqual(created.state, state);
  });

  it("calls a script without a main module `script`, and sends an unset compatibility date as empty", async () => {
    recorder.reset({ [`PUT ${WORKER}`]: result(script) });
    const created = await provider.create(SCRIPT, { accountId: "acc", scriptName: "w", content: "x" });
    const { body } = recorder.last();
    assert.match(
      body,
      /name="script"; filename="script"\r\nContent-Type: application\/javascript\r\n\r\nx\r\n/,
    );
    assert.match(
      body,
      /\{"body_part":"script","compatibility_date":"","logpush":false,"usage_model":"standard"\}/,
    );
    assert.equal(created.state.compatibilityDate, "");
  });

  it("makes no call in a preview and says what will be known later", async () => {
    recorder.reset({});
    const created = await provider.create(SCRIPT, inputs, true);
    assert.equal(created.state.etag, UNKNOWN);
    assert.equal(created.state.id, UNKNOWN);
    assert.equal(created.state.usageModel, "standard");
    const changed = { ...inputs, content: "other" };
    const updated = await provider.update(SCRIPT, state, inputs, changed, true);
    assert.equal(updated.etag, UNKNOWN);
    assert.equal(updated.createdOn, state.createdOn);
    assert.deepEqual(recorder.calls, []);
  });

  it("updates by the same PUT with everything in it", async () => {
    recorder.reset({ [`PUT ${WORKER}`]: result({ ...script, etag: "e2" }) });
    const news = { ...inputs, bindings: [{ name: "TOP_SECRET", type: "secret_text", text: "next" }] };
    const updated = await provider.update(SCRIPT, state, inputs, news);
    assert.deepEqual(recorder.calls, [`PUT ${WORKER}`]);
    assert.match(
      recorder.last().body,
      /"bindings":\[\{"name":"TOP_SECRET","text":"next","type":"secret_text"\}\]/,
    );
    assert.equal(updated.etag, "e2");
    assert.deepEqual(updated.bindings, news.bindings);
  });

  it("loses a computed value that the answer does not have", async () => {
    const { etag: _, ...rest } = script;
    recorder.reset({ [`PUT ${WORKER}`]: result(rest) });
    const updated = await provider.update(SCRIPT, state, inputs, { ...inputs, content: "other" });
    assert.equal("etag" in updated, false);
  });

  it("uploads a content file and keeps only its hash", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stand-in-"));
    try {
      const contentFile = join(folder, "w.js");
      await writeFile(contentFile, CODE);
      const contentSha256 = createHash("sha256").update(CODE).digest("hex");
      const { content: _, ...rest } = inputs;
      const news = { ...rest, contentFile, contentSha256 };
      assert.deepEqual((await provider.check(SCRIPT, news)).failures, []);
      recorder.reset({ [`PUT ${WORKER}`]: result(script) });
      const created = await provider.create(SCRIPT, news);
      assert(recorder.last().body.includes(CODE));
      assert.equal(created.state.content, undefined);
      assert.equal(created.state.contentSha256, contentSha256);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("deletes, and a Worker that is already gone is an error", async () => {
    recorder.reset({ [`DELETE ${WORKER}`]: result(null) });
    await provider.delete(SCRIPT, "w", state);
    assert.deepEqual(recorder.calls, [`DELETE ${WORKER}`]);
    recorder.reset({ [`DELETE ${WORKER}`]: notFound });
    await assert.rejects(provider.delete(SCRIPT, "w", state), /DELETE ".*": 404 Not Found/);
  });
});
