import assert from "node:assert/strict";
import { CloudflareClient } from "../src/providers/cloudflare-client.ts";
import { cloudflareTypes } from "../src/providers/cloudflare-types.ts";
import type { Properties } from "../src/providers/properties.ts";
import { CASES, type Case } from "./providers-cloudflare-cases.ts";
import { result, serveConfigured } from "./providers-harness.ts";
import { inputs, script, WORKER } from "./providers-workers-script-fixtures.ts";

/** `Version` of ResourceSchema in each type's schema.go of terraform-provider-cloudflare 5.22. */
const SCHEMA_VERSIONS: Readonly<Record<string, number>> = {
  "accountToken:AccountToken": 501,
  "apiToken:ApiToken": 501,
  "d1Database:D1Database": 500,
  "queue:Queue": 500,
  "queueConsumer:QueueConsumer": 500,
  "r2Bucket:R2Bucket": 500,
  "secretsStore:SecretsStore": 500,
  "secretsStoreSecret:SecretsStoreSecret": 500,
  "worker:Worker": 500,
  "workerVersion:WorkerVersion": 500,
  "workersCronTrigger:WorkersCronTrigger": 500,
  "workersCustomDomain:WorkersCustomDomain": 500,
  "workersDeployment:WorkersDeployment": 500,
  "workersKvNamespace:WorkersKvNamespace": 500,
  "workersRoute:WorkersRoute": 500,
  "workersScript:WorkersScript": 500,
  "workersScriptSubdomain:WorkersScriptSubdomain": 500,
  "workflow:Workflow": 500,
};

type Sample = Pick<Case, "type" | "inputs" | "answer" | "create" | "createAnswer" | "read">;

const VERSIONS = "/client/v4/accounts/acc/workers/workers/w1/versions";
const SAMPLES: readonly Sample[] = [
  ...CASES,
  {
    type: "workersScript:WorkersScript",
    inputs: { ...inputs, assets: { config: { runWorkerFirst: true }, jwt: "j" } },
    answer: script,
    create: `PUT ${WORKER}`,
    read: `GET ${WORKER}`,
  },
  {
    type: "workersScriptSubdomain:WorkersScriptSubdomain",
    inputs: { accountId: "acc", scriptName: "w", enabled: true },
    answer: { enabled: true, previews_enabled: true },
    create: `POST ${WORKER}/subdomain`,
    read: `GET ${WORKER}/subdomain`,
  },
  {
    type: "workerVersion:WorkerVersion",
    inputs: {
      accountId: "acc",
      workerId: "w1",
      mainModule: "worker.js",
      modules: [{ name: "worker.js", contentType: "application/javascript+module", contentBase64: "eA==" }],
    },
    answer: { id: "v1", number: 1, main_module: "worker.js" },
    create: `POST ${VERSIONS}`,
    read: `GET ${VERSIONS}/v1?include=modules`,
  },
];

describe("stand-in for cloudflare: a state that the real plugin can read", () => {
  const { recorder, provider } = serveConfigured("cloudflare");
  const without = ({ __meta: _, ...properties }: Properties) => properties;

  it("the table has every type that is in the stand-in", () => {
    const client = new CloudflareClient({
      baseUrl: "http://127.0.0.1:1",
      token: "t",
      userAgent: "test",
      signal: new AbortController().signal,
    });
    const types = Object.keys(cloudflareTypes(client)).map((type) => type.replace("cloudflare:index/", ""));
    assert.deepEqual(types.sort(), Object.keys(SCHEMA_VERSIONS).sort());
    assert.deepEqual([...new Set(SAMPLES.map(({ type }) => type))].sort(), types);
  });

  for (const { type, inputs, answer, create, createAnswer, read } of SAMPLES) {
    const urn = `urn:pulumi:dev::p::cloudflare:index/${type}::x`;
    const meta = `{"schema_version":"${SCHEMA_VERSIONS[type]}"}`;

    it(`${type} has the schema version of Terraform's provider in its outputs, a preview has not`, async () => {
      recorder.reset({ [create]: result(createAnswer ?? answer), [read]: result(answer) });
      assert.equal("__meta" in (await provider.create(urn, inputs, true)).state, false);
      const { state } = await provider.create(urn, inputs);
      assert.equal(state.__meta, meta);
      assert.equal("__meta" in (await provider.update(urn, state, inputs, inputs, true)), false);
    });

    it(`${type} takes a state without it, and one with the bridge's delta, for unchanged`, async () => {
      recorder.reset({ [create]: result(createAnswer ?? answer), [read]: result(answer) });
      const { state } = await provider.create(urn, inputs);
      const delta = { ...state, __pulumi_raw_state_delta: { obj: {} } };
      for (const old of [without(state), delta]) {
        assert.equal((await provider.diff(urn, old, inputs, inputs)).changed, false);
      }
    });

    it(`${type} refuses a state of a newer schema in the real plugin's words`, async () => {
      const newer = { ...inputs, __meta: '{"schema_version":"900"}' };
      await assert.rejects(
        provider.diff(urn, newer, inputs, inputs),
        /was created by a newer provider version {2}and cannot be downgraded from resource schema version 900 to 50[01]\. Please upgrade the provider/,
      );
    });
  }

  it("a read writes it into a state that lacks it, and drops the bridge's delta, which is of the state before", async () => {
    const [{ type, inputs, answer, create, createAnswer, read } = SAMPLES[0] as Sample] = SAMPLES;
    const urn = `urn:pulumi:dev::p::cloudflare:index/${type}::x`;
    recorder.reset({ [create]: result(createAnswer ?? answer), [read]: result(answer) });
    const { id, state } = await provider.create(urn, inputs);
    const old = { ...without(state), __pulumi_raw_state_delta: { obj: {} } };
    assert.deepEqual((await provider.read(urn, id, old, inputs)).state, state);
  });
});
