import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { notFound, result, serveConfigured, text } from "./providers-harness.ts";
import { CODE, inputs, SCRIPT, SERVICE, script, state, WORKER } from "./providers-workers-script-fixtures.ts";

const settings = {
  bindings: [
    { name: "TOP_SECRET", type: "secret_text" },
    { name: "LIMITS", type: "json", json: { a: 1 } },
    { name: "MODE", type: "plain_text", text: "dev" },
  ],
  compatibility_date: "2026-01-01",
  compatibility_flags: [],
  usage_model: "standard",
  logpush: false,
  placement: {},
};

const code = (content: string) =>
  text(
    `--b1\r\nContent-Disposition: form-data; name="worker.js"\r\n\r\n${content}\r\n--b1\r\n\r\nmore\r\n--b1--\r\n`,
    "multipart/form-data; boundary=b1",
  );

const reads = (changed: Partial<typeof settings> & Record<string, unknown> = {}, content = CODE) => ({
  [`GET ${SERVICE}`]: result({ default_environment: { script } }),
  [`GET ${WORKER}/settings`]: result({ ...settings, ...changed }),
  [`GET ${WORKER}/content/v2`]: code(content),
});

describe("stand-in for cloudflare: WorkersScript, refresh and import", () => {
  const { recorder, provider } = serveConfigured("cloudflare");

  it("reads services, settings and content, and comes to the same state whatever the API's order", async () => {
    recorder.reset(reads());
    const read = await provider.read(SCRIPT, "w", state, inputs);
    assert.deepEqual(recorder.calls, [
      `GET ${SERVICE}`,
      `GET ${WORKER}/settings`,
      `GET ${WORKER}/content/v2`,
    ]);
    assert.equal(recorder.last().headers.accept, "string");
    assert.deepEqual(read.state, state);
    assert.deepEqual(read.inputs, inputs);
  });

  it("drops a secret that is gone, ignores one that nobody declared, takes in other new bindings", async () => {
    const bindings = [
      { name: "ROGUE", type: "secret_text" },
      { name: "NEW", type: "plain_text", text: "n" },
      { name: "MODE", type: "plain_text", text: "changed elsewhere" },
    ];
    recorder.reset(reads({ bindings } as unknown as Partial<typeof settings>));
    const read = await provider.read(SCRIPT, "w", state, inputs);
    assert.deepEqual(read.state.bindings, [
      { name: "MODE", type: "plain_text", text: "dev" },
      { name: "LIMITS", type: "json", json: '{"a":1}' },
      { name: "NEW", type: "plain_text", text: "n" },
    ]);
    const drift = await provider.diff(SCRIPT, read.state, read.inputs, inputs);
    assert.equal(drift.changed, true);
  });

  it("sees changed content and keeps its own hash of it", async () => {
    recorder.reset(reads({}, "other"));
    const read = await provider.read(SCRIPT, "w", { ...state, contentSha256: "old" }, inputs);
    assert.equal(read.state.content, "other");
    assert.equal(read.state.contentSha256, createHash("sha256").update("other").digest("hex"));
  });

  it("takes a 404 of the service for gone, and any other for an error", async () => {
    recorder.reset({ [`GET ${SERVICE}`]: notFound });
    assert.equal((await provider.read(SCRIPT, "w", state, inputs)).id, "");
    recorder.reset({ ...reads(), [`GET ${WORKER}/settings`]: notFound });
    await assert.rejects(
      provider.read(SCRIPT, "w", state, inputs),
      /GET ".*\/settings": 404 Not Found .*10007/,
    );
  });

  it("fails where the real plugin panics: settings without `placement: {}`", async () => {
    recorder.reset(reads({ placement: null } as unknown as Partial<typeof settings>));
    await assert.rejects(provider.read(SCRIPT, "w", state, inputs), /panic: .*`placement: \{\}`/);
  });

  it("shows what the server added unasked as a change without properties", async () => {
    recorder.reset(reads({ observability: { enabled: true } }));
    const read = await provider.read(SCRIPT, "w", state, inputs);
    assert.deepEqual(read.state.observability, { enabled: true });
    const drift = await provider.diff(SCRIPT, read.state, read.inputs, inputs);
    assert.deepEqual(drift, { changed: true, replaces: [], detailed: {} });
  });

  it("imports `account/name` by a GET of the script and a read; secrets and main module are not there", async () => {
    recorder.reset({ [`GET ${WORKER}`]: text(CODE, "application/javascript"), ...reads() });
    const read = await provider.read(SCRIPT, "acc/w");
    assert.deepEqual(recorder.calls, [
      `GET ${WORKER}`,
      `GET ${SERVICE}`,
      `GET ${WORKER}/settings`,
      `GET ${WORKER}/content/v2`,
    ]);
    assert.equal(recorder.seen[0]?.headers.accept, "application/javascript");
    assert.equal(read.id, "w");
    assert.deepEqual(read.state.bindings, [
      { name: "LIMITS", type: "json", json: '{"a":1}' },
      { name: "MODE", type: "plain_text", text: "dev" },
    ]);
    assert.equal(read.inputs.mainModule, undefined);
    assert.equal(read.inputs.etag, undefined);
    assert.equal(read.inputs.content, CODE);
    await assert.rejects(
      provider.read(SCRIPT, "w"),
      /expected urlencoded segments "<account_id>\/<script_name>"/,
    );
  });
});
