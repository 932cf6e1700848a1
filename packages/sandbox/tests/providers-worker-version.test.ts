import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import type { Properties } from "../src/providers/properties.ts";
import { notFound, result, serveConfigured } from "./providers-harness.ts";

const VERSION = "urn:pulumi:dev::p::cloudflare:index/workerVersion:WorkerVersion::v";
const VERSIONS = "/client/v4/accounts/acc/workers/workers/w1/versions";
const ONE = `${VERSIONS}/v1?include=modules`;
const CODE = "export default { fetch() {} }";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const module = {
  name: "worker.js",
  contentType: "application/javascript+module",
  contentBase64: base64(CODE),
};

const inputs = {
  accountId: "acc",
  workerId: "w1",
  mainModule: "worker.js",
  compatibilityDate: "2026-01-01",
  modules: [module],
  bindings: [
    { name: "STORE", type: "kv_namespace", namespaceId: "kv1" },
    { name: "KEY", type: "secret_text", text: "canary" },
  ],
};
const answer = {
  id: "v1",
  number: 1,
  main_module: "worker.js",
  compatibility_date: "2026-01-01",
  usage_model: "standard",
  annotations: { "workers/triggered_by": "upload" },
  bindings: [
    { name: "KEY", type: "secret_text" },
    { name: "STORE", type: "kv_namespace", namespace_id: "kv1" },
  ],
  modules: [{ name: "worker.js", content_type: module.contentType, content_base64: module.contentBase64 }],
  created_on: "2026-01-01T00:00:00Z",
  source: "api",
};

describe("stand-in for cloudflare: WorkerVersion", () => {
  const { recorder, provider } = serveConfigured("cloudflare");
  const folder = tempFolder();
  let state: Properties;

  before(async () => {
    recorder.reset({ [`POST ${VERSIONS}`]: result(answer) });
    ({ state } = await provider.create(VERSION, inputs));
  });

  it("creates by JSON with the bindings sorted by name, and keeps the program's order in the state", () => {
    assert.deepEqual(recorder.calls, [`POST ${VERSIONS}`]);
    assert.deepEqual(JSON.parse(recorder.last().body), {
      bindings: [
        { name: "KEY", text: "canary", type: "secret_text" },
        { name: "STORE", namespace_id: "kv1", type: "kv_namespace" },
      ],
      compatibility_date: "2026-01-01",
      main_module: "worker.js",
      modules: [
        { content_base64: module.contentBase64, content_type: module.contentType, name: "worker.js" },
      ],
      usage_model: "standard",
    });
    assert.deepEqual(state.bindings, inputs.bindings);
    assert.deepEqual(state.modules, [{ ...module, contentSha256: sha256(CODE) }]);
  });

  it("is clean after a refresh, texts restored from the state", async () => {
    recorder.reset({ [`GET ${ONE}`]: result(answer) });
    const read = await provider.read(VERSION, "v1", state, inputs);
    assert.deepEqual(recorder.calls, [`GET ${ONE}`]);
    assert.deepEqual(read.state.bindings, inputs.bindings);
    assert.equal((await provider.diff(VERSION, read.state, read.inputs, inputs)).changed, false);
    recorder.reset({ [`GET ${ONE}`]: notFound });
    assert.equal((await provider.read(VERSION, "v1", state, inputs)).id, "");
  });

  it("replaces for another code, binding, secret or worker", async () => {
    const changes: Properties[] = [
      { modules: [{ ...module, contentBase64: base64("export default {}") }] },
      { bindings: inputs.bindings.slice(0, 1) },
      { bindings: [inputs.bindings[0] ?? {}, { name: "KEY", type: "secret_text", text: "next" }] },
      { workerId: "w2" },
      { compatibilityDate: "2026-02-01" },
    ];
    for (const change of changes) {
      const { replaces } = await provider.diff(VERSION, state, inputs, { ...inputs, ...change });
      assert.deepEqual(replaces, Object.keys(change));
    }
  });

  it("takes another source of the same code in place, without a call", async () => {
    const file = join(folder, "worker.js");
    await writeFile(file, CODE);
    const { contentBase64: _, ...rest } = module;
    const news = { ...inputs, modules: [{ ...rest, contentFile: file }] };
    const { changed, replaces } = await provider.diff(VERSION, state, inputs, news);
    assert.deepEqual({ changed, replaces }, { changed: true, replaces: [] });
    recorder.reset({});
    const updated = await provider.update(VERSION, state, inputs, news);
    assert.deepEqual(recorder.calls, []);
    assert.equal((await provider.diff(VERSION, updated, news, news)).changed, false);
  });

  it("imports `account/worker/version`; a secret that could not be read does not replace", async () => {
    recorder.reset({ [`GET ${ONE}`]: result(answer) });
    const imported = await provider.read(VERSION, "acc/w1/v1");
    assert.deepEqual(recorder.calls, [`GET ${ONE}`, `GET ${ONE}`]);
    const sorted = { ...inputs, bindings: [...inputs.bindings].reverse() };
    const { changed, replaces } = await provider.diff(VERSION, imported.state, imported.inputs, sorted);
    assert.deepEqual({ changed, replaces }, { changed: true, replaces: [] });
  });

  it("wants exactly one source for each module, and deletes without a call", async () => {
    const both = { ...inputs, modules: [{ ...module, contentFile: "x.js" }] };
    assert.match((await provider.check(VERSION, both)).failures.join(), /Exactly one of these attributes/);
    recorder.reset({});
    await provider.delete(VERSION, "v1", state);
    assert.deepEqual(recorder.calls, []);
  });
});
