import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { installStandIns, type StandIns, startStandIns } from "../../sandbox/providers/index.ts";
import {
  fromStruct,
  type Properties,
  secret,
  toStruct,
  UNKNOWN,
} from "../../sandbox/providers/properties.ts";

const SCRIPT = "urn:pulumi:dev::p::cloudflare:index/workersScript:WorkersScript::w";
const SUBDOMAIN =
  "urn:pulumi:dev::p::my:Parent$cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain::s";
const ENVIRONMENT = "urn:pulumi:dev::p::pulumiservice:api/esc:Environment::e";
const TOKEN = "cf-token-0123456789012345678901234567890123456789";

interface Recorded {
  readonly call: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (request: Recorded, response: ServerResponse) => void;

/** A server that notes what it is asked and answers what the test says. */
class Recorder {
  readonly seen: Recorded[] = [];
  answers: Record<string, Answer> = {};
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get calls(): string[] {
    return this.seen.map(({ call }) => call);
  }

  last(): Recorded {
    const last = this.seen.at(-1);
    assert(last, "nothing was asked");
    return last;
  }

  reset(answers: Record<string, Answer>): void {
    this.seen.length = 0;
    this.answers = answers;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const recorded = { call: `${request.method} ${request.url}`, headers: request.headers, body };
    this.seen.push(recorded);
    const answer = this.answers[recorded.call] ?? status(404, { code: 404, message: "no such route" });
    answer(recorded, response);
  }
}

function status(code: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

const result = (value: unknown): Answer =>
  status(200, { success: true, errors: [], messages: [], result: value });
const text =
  (body: string, contentType = "application/x-yaml"): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": contentType });
    response.end(body);
  };
const notFound = status(404, {
  success: false,
  errors: [{ code: 10007, message: "This Worker does not exist" }],
  messages: [],
  result: null,
});

/** The calls of the engine, with properties for structs. */
class Provider {
  readonly client: ResourceProviderClient;

  constructor(port: number) {
    const address = `127.0.0.1:${port}`;
    this.client = new providerGrpc.ResourceProviderClient(address, grpc.credentials.createInsecure());
  }

  async configure(args: Properties = {}) {
    const request = new pb.ConfigureRequest().setArgs(toStruct(args)).setAcceptsecrets(true);
    return (await this.#ask("configure", request)) as InstanceType<typeof pb.ConfigureResponse>;
  }

  async version(): Promise<string> {
    const info = (await this.#ask("getPluginInfo", new emptyPb.Empty())) as { getVersion(): string };
    return info.getVersion();
  }

  async check(urn: string, news: Properties) {
    const request = new pb.CheckRequest().setUrn(urn).setNews(toStruct(news)).setOlds(toStruct({}));
    const response = (await this.#ask("check", request)) as InstanceType<typeof pb.CheckResponse>;
    return {
      inputs: fromStruct(response.getInputs()),
      failures: response
        .getFailuresList()
        .map((failure) => `${failure.getProperty()}: ${failure.getReason()}`),
    };
  }

  async diff(
    urn: string,
    state: Properties,
    oldInputs: Properties,
    news: Properties,
    ignored: string[] = [],
  ) {
    const request = new pb.DiffRequest()
      .setUrn(urn)
      .setId("x")
      .setOlds(toStruct(state))
      .setOldInputs(toStruct(oldInputs))
      .setNews(toStruct(news))
      .setIgnorechangesList(ignored);
    const response = (await this.#ask("diff", request)) as InstanceType<typeof pb.DiffResponse>;
    const { Kind } = pb.PropertyDiff;
    const names = new Map(Object.entries(Kind).map(([name, kind]) => [kind, name]));
    return {
      changed: response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
      detailed: Object.fromEntries(
        response
          .getDetaileddiffMap()
          .getEntryList()
          .map(([path]) => [path, names.get(response.getDetaileddiffMap().get(path)?.getKind() ?? Kind.ADD)]),
      ),
    };
  }

  async create(urn: string, inputs: Properties, preview = false) {
    const request = new pb.CreateRequest().setUrn(urn).setProperties(toStruct(inputs)).setPreview(preview);
    const response = (await this.#ask("create", request)) as InstanceType<typeof pb.CreateResponse>;
    return { id: response.getId(), state: fromStruct(response.getProperties()) };
  }

  async read(urn: string, id: string, state: Properties = {}, inputs: Properties = {}) {
    const request = new pb.ReadRequest().setUrn(urn).setId(id);
    request.setProperties(toStruct(state)).setInputs(toStruct(inputs));
    const response = (await this.#ask("read", request)) as InstanceType<typeof pb.ReadResponse>;
    return {
      id: response.getId(),
      state: fromStruct(response.getProperties()),
      inputs: fromStruct(response.getInputs()),
    };
  }

  async update(urn: string, state: Properties, oldInputs: Properties, news: Properties, preview = false) {
    const request = new pb.UpdateRequest().setUrn(urn).setId("x").setPreview(preview);
    request.setOlds(toStruct(state)).setOldInputs(toStruct(oldInputs)).setNews(toStruct(news));
    const response = (await this.#ask("update", request)) as InstanceType<typeof pb.UpdateResponse>;
    return fromStruct(response.getProperties());
  }

  async delete(urn: string, id: string, state: Properties, oldInputs: Properties = {}): Promise<void> {
    const request = new pb.DeleteRequest().setUrn(urn).setId(id);
    await this.#ask("delete", request.setProperties(toStruct(state)).setOldInputs(toStruct(oldInputs)));
  }

  cancel() {
    return this.#ask("cancel", new emptyPb.Empty());
  }

  #ask(method: keyof ResourceProviderClient, request: unknown): Promise<unknown> {
    const call = this.client[method] as (
      request: unknown,
      callback: (error: Error | null, response: unknown) => void,
    ) => void;
    return promisify(call.bind(this.client))(request);
  }
}

const recorder = new Recorder();
let standIns: StandIns;
let environment: Record<string, string> = {};
const opened: Provider[] = [];

function connect(name: "cloudflare" | "pulumiservice"): Provider {
  const port = new RegExp(`${name}:(\\d+)`).exec(standIns.env.PULUMI_DEBUG_PROVIDERS)?.[1];
  const provider = new Provider(Number(port));
  opened.push(provider);
  return provider;
}

const WORKER = "/client/v4/accounts/acc/workers/scripts/w";
const SERVICE = "/client/v4/accounts/acc/workers/services/w";
const CODE = "export default { fetch() {} }";

const inputs = {
  accountId: "acc",
  scriptName: "w",
  content: CODE,
  mainModule: "worker.js",
  compatibilityDate: "2026-01-01",
  bindings: [
    { name: "MODE", type: "plain_text", text: "dev" },
    { name: "LIMITS", type: "json", json: '{"a":1}' },
    { name: "TOP_SECRET", type: "secret_text", text: "s3cr3t" },
  ],
};

const script = {
  id: "w",
  etag: "e1",
  handlers: ["fetch"],
  created_on: "2026-01-01T00:00:00Z",
  modified_on: "2026-01-02T00:00:00Z",
  has_assets: false,
  has_modules: true,
  last_deployed_from: "api",
  startup_time_ms: 7,
  usage_model: "standard",
  compatibility_flags: [],
};

const state = {
  ...inputs,
  compatibilityFlags: [],
  createdOn: script.created_on,
  etag: "e1",
  handlers: ["fetch"],
  hasAssets: false,
  hasModules: true,
  id: "w",
  lastDeployedFrom: "api",
  logpush: false,
  modifiedOn: script.modified_on,
  startupTimeMs: 7,
  usageModel: "standard",
};

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

describe("provider stand-ins", () => {
  before(async () => {
    await recorder.start();
    environment = {
      CLOUDFLARE_BASE_URL: `${recorder.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: TOKEN,
      PULUMI_BACKEND_URL: recorder.url,
      PULUMI_ACCESS_TOKEN: "pul-token",
    };
    standIns = await startStandIns({ environment: () => environment });
  });

  after(async () => {
    for (const { client } of opened) client.close();
    await standIns.close();
    recorder.stop();
  });

  describe("stand-in for cloudflare: WorkersScript", () => {
    let provider: Provider;

    before(async () => {
      provider = connect("cloudflare");
      await provider.configure();
    });

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
        '{"bindings":[{"name":"MODE","type":"plain_text","text":"dev"},{"name":"LIMITS","type":"json","json":{"a":1}},' +
        '{"name":"TOP_SECRET","type":"secret_text","text":"s3cr3t"}],"compatibility_date":"2026-01-01","logpush":false,' +
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
        /"bindings":\[\{"name":"TOP_SECRET","type":"secret_text","text":"next"\}\]/,
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

    it("deletes, and a Worker that is already gone is an error", async () => {
      recorder.reset({ [`DELETE ${WORKER}`]: result(null) });
      await provider.delete(SCRIPT, "w", state);
      assert.deepEqual(recorder.calls, [`DELETE ${WORKER}`]);
      recorder.reset({ [`DELETE ${WORKER}`]: notFound });
      await assert.rejects(provider.delete(SCRIPT, "w", state), /DELETE ".*": 404 Not Found/);
    });

    it("finds no change in what it made, and names the paths of a change", async () => {
      assert.equal((await provider.diff(SCRIPT, state, inputs, inputs)).changed, false);
      const bindings = [
        ...inputs.bindings.slice(0, 2),
        { name: "TOP_SECRET", type: "secret_text", text: "next" },
      ];
      assert.deepEqual(await provider.diff(SCRIPT, state, inputs, { ...inputs, bindings }), {
        changed: true,
        replaces: [],
        detailed: { "bindings[2].text": "UPDATE" },
      });
      const fewer = { ...inputs, bindings: inputs.bindings.slice(0, 2) };
      assert.deepEqual((await provider.diff(SCRIPT, state, inputs, fewer)).detailed, {
        "bindings[2]": "DELETE",
      });
      const other = { ...inputs, bindings };
      assert.equal((await provider.diff(SCRIPT, state, inputs, other, ["bindings"])).changed, false);
    });

    it("compares sets without their order, and takes an unset compatibility date for an empty one", async () => {
      const flags = { ...state, compatibilityFlags: ["b", "a"] };
      const given = { ...inputs, compatibilityFlags: ["a", "b"] };
      assert.equal((await provider.diff(SCRIPT, flags, given, given)).changed, false);
      const { compatibilityDate: _, ...unset } = inputs;
      const { detailed } = await provider.diff(SCRIPT, state, inputs, unset);
      assert.deepEqual(detailed, { compatibilityDate: "UPDATE" });
    });

    it("replaces on another account or name", async () => {
      const { replaces, detailed } = await provider.diff(SCRIPT, state, inputs, {
        ...inputs,
        scriptName: "v",
      });
      assert.deepEqual(replaces, ["scriptName"]);
      assert.deepEqual(detailed, { scriptName: "UPDATE_REPLACE" });
    });

    it("marks every sensitive input secret, a plain_text too", async () => {
      const checked = await provider.check(SCRIPT, inputs);
      assert.deepEqual(checked.failures, []);
      assert.deepEqual(checked.inputs.bindings, [
        { name: "MODE", type: "plain_text", text: secret("dev") },
        { name: "LIMITS", type: "json", json: '{"a":1}' },
        { name: "TOP_SECRET", type: "secret_text", text: secret("s3cr3t") },
      ]);
      const unknown = { ...inputs, bindings: [{ name: "A", type: "secret_text", text: UNKNOWN }] };
      assert.deepEqual((await provider.check(SCRIPT, unknown)).failures, []);
    });

    it("finds what is wrong before any call, and no more than the real one", async () => {
      const failuresOf = async (changes: Record<string, unknown>) => {
        const changed = { ...inputs, ...changes } as Properties;
        return (await provider.check(SCRIPT, changed)).failures.join("\n");
      };
      assert.match(await failuresOf({ content: null }), /At least one of .*content/);
      assert.match(
        await failuresOf({ contentFile: "w.js" }),
        /"content_file" cannot be specified when "content"/,
      );
      assert.match(await failuresOf({ contentSha256: "0" }), /SHA-256 Hash Mismatch/);
      assert.match(
        await failuresOf({
          content: UNKNOWN,
          contentSha256: createHash("sha256").update(CODE).digest("hex"),
        }),
        /SHA-256 Hash Mismatch/,
      );
      assert.match(
        await failuresOf({ bindings: [{ name: "A", type: "secret" }] }),
        /bindings\[0\].type: .*got: "secret"/,
      );
      assert.match(
        await failuresOf({ assets: { directory: "x" } }),
        /'assets' of WorkersScript is not in the stand-in/,
      );
      const twice = [
        { name: "A", type: "secret_text" },
        { name: "A", type: "secret_text" },
      ];
      assert.equal(await failuresOf({ bindings: twice }), "");
    });
  });

  describe("stand-in for cloudflare: WorkersScriptSubdomain", () => {
    const path = `${WORKER}/subdomain`;
    const given = { accountId: "acc", scriptName: "w", enabled: true, previewsEnabled: false };
    let provider: Provider;

    before(async () => {
      provider = connect("cloudflare");
      await provider.configure();
    });

    it("creates and updates by POST, and its id is the account's", async () => {
      recorder.reset({ [`POST ${path}`]: result({ enabled: true, previews_enabled: false }) });
      const created = await provider.create(SUBDOMAIN, given);
      assert.equal(recorder.last().body, '{"enabled":true,"previews_enabled":false}');
      assert.equal(recorder.last().headers["content-type"], "application/json");
      assert.deepEqual(created, { id: "acc", state: given });
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

  describe("stand-in for cloudflare: the client", () => {
    const path = `${WORKER}/subdomain`;
    const given = { accountId: "acc", scriptName: "w", enabled: true, previewsEnabled: false };
    const ok = result({ enabled: true, previews_enabled: false });

    /** Answers in turn, the last one from then on. */
    const inTurn = (...answers: Answer[]): Answer => {
      let index = 0;
      return (request, response) => (answers[index++] ?? answers.at(-1))?.(request, response);
    };

    it("repeats after 429 when `Retry-After` says, and after 5xx with pauses that grow", async () => {
      const provider = connect("cloudflare");
      await provider.configure();
      recorder.reset({
        [`POST ${path}`]: inTurn(
          status(429, {}, { "retry-after": "0" }),
          status(503, {}, { "retry-after-ms": "1" }),
          ok,
        ),
      });
      await provider.create(SUBDOMAIN, given);
      assert.deepEqual(
        recorder.seen.map(({ headers }) => headers["x-stainless-retry-count"]),
        ["0", "1", "2"],
      );
    });

    it("gives up after two repetitions, and never repeats another 4xx; the answer is in the error", async () => {
      const provider = connect("cloudflare");
      await provider.configure();
      const error = { errors: [{ code: 10013, message: "unknown error" }] };
      recorder.reset({ [`POST ${path}`]: status(500, error, { "retry-after-ms": "1" }) });
      await assert.rejects(
        provider.create(SUBDOMAIN, given),
        /failed to make http request: POST "http.*subdomain": 500 Internal Server Error .*10013/,
      );
      assert.equal(recorder.seen.length, 3);
      recorder.reset({
        [`POST ${path}`]: status(403, { errors: [{ code: 10000, message: "Authentication error" }] }),
      });
      await assert.rejects(provider.create(SUBDOMAIN, given), /403 Forbidden .*Authentication error/);
      assert.equal(recorder.seen.length, 1);
    });

    it("never has a secret of the request in an error", async () => {
      const provider = connect("cloudflare");
      await provider.configure();
      recorder.reset({ [`PUT ${WORKER}`]: status(400, { errors: [{ code: 10021 }] }) });
      await assert.rejects(provider.create(SCRIPT, inputs), (error: Error) => {
        assert.doesNotMatch(error.message, /s3cr3t|cf-token/);
        return true;
      });
    });

    it("is broken off by Cancel", async () => {
      const provider = connect("cloudflare");
      await provider.configure();
      recorder.reset({ [`POST ${path}`]: () => setTimeout(() => void provider.cancel(), 50) });
      await assert.rejects(provider.create(SUBDOMAIN, given), /failed to make http request/);
      assert.equal(recorder.seen.length, 1);
    });

    it("takes the token of the configuration before that of the environment, and looks only at the former", async () => {
      const provider = connect("cloudflare");
      await assert.rejects(
        provider.configure({ apiToken: "short" }),
        /API tokens must be 40 to 80 characters/,
      );
      const apiToken = "x".repeat(40);
      await provider.configure({ apiToken: secret(apiToken) });
      recorder.reset({ [`POST ${path}`]: ok });
      await provider.create(SUBDOMAIN, given);
      assert.equal(recorder.last().headers.authorization, `Bearer ${apiToken}`);
    });

    it("keeps two connections apart, and asks for the environment each time it is configured", async () => {
      const first = connect("cloudflare");
      await first.configure();
      const port = /cloudflare:(\d+)/.exec(standIns.env.PULUMI_DEBUG_PROVIDERS)?.[1];
      const address = `localhost:${port}`; // another target: grpc-js would share the connection otherwise
      const second = new Provider(Number(port));
      second.client.close();
      const other = Object.assign(second, {
        client: new providerGrpc.ResourceProviderClient(address, grpc.credentials.createInsecure()),
      });
      opened.push(other);
      environment = { ...environment, CLOUDFLARE_API_TOKEN: "rotated" };
      await other.configure();
      recorder.reset({ [`POST ${path}`]: ok });
      await first.create(SUBDOMAIN, given);
      assert.equal(recorder.last().headers.authorization, `Bearer ${TOKEN}`);
      await other.create(SUBDOMAIN, given);
      assert.equal(recorder.last().headers.authorization, "Bearer rotated");
      environment = { ...environment, CLOUDFLARE_API_TOKEN: TOKEN };
    });

    it("refuses a resource type that it does not have, by name, with the way to the real plugin", async () => {
      const provider = connect("cloudflare");
      await provider.configure();
      const { failures } = await provider.check("urn:pulumi:dev::p::cloudflare:index/zone:Zone::z", {});
      assert.match(failures.join(), /cloudflare:index\/zone:Zone of cloudflare is not in the stand-in/);
      assert.match(failures.join(), /pulumi plugin install resource cloudflare 6\.22\.1/);
    });
  });

  describe("stand-in for pulumiservice: api/esc:Environment", () => {
    const all = "/api/esc/environments/org";
    const one = `${all}/p/e`;
    const given = { orgName: "org", project: "p", name: "e", yaml: secret("values: {}") };
    let provider: Provider;

    before(async () => {
      provider = connect("pulumiservice");
      await provider.configure();
    });

    it("is the version that the SDK asks for and takes secrets", async () => {
      assert.equal(await provider.version(), "1.3.0");
      assert.equal((await provider.configure()).getAcceptsecrets(), true);
    });

    it("creates by POST, PATCH as YAML and GET; the state is the server's text, secret", async () => {
      recorder.reset({
        [`POST ${all}`]: status(200, {}),
        [`PATCH ${one}`]: status(200, {}),
        [`GET ${one}`]: text("values: {} # kept"),
      });
      const created = await provider.create(ENVIRONMENT, given);
      assert.deepEqual(recorder.calls, [`POST ${all}`, `PATCH ${one}`, `GET ${one}`]);
      const [post, patch, get] = recorder.seen;
      assert.equal(post?.body, '{"name":"e","project":"p"}');
      assert.equal(post?.headers.authorization, "token pul-token");
      assert.equal(post?.headers["x-pulumi-source"], "provider");
      assert.equal(patch?.body, "values: {}");
      assert.equal(patch?.headers["content-type"], "application/x-yaml");
      assert.equal(get?.headers.accept, "application/json");
      assert.deepEqual(created, { id: "org/p/e", state: { yaml: secret("values: {} # kept") } });
    });

    it("sends no PATCH for an empty definition, and nothing in a preview", async () => {
      recorder.reset({ [`POST ${all}`]: status(200, {}), [`GET ${one}`]: text("") });
      await provider.create(ENVIRONMENT, { ...given, yaml: secret("") });
      assert.deepEqual(recorder.calls, [`POST ${all}`, `GET ${one}`]);
      recorder.reset({});
      assert.deepEqual((await provider.create(ENVIRONMENT, given, true)).state, given);
      assert.deepEqual(await provider.update(ENVIRONMENT, {}, given, given, true), given);
      assert.deepEqual(recorder.calls, []);
    });

    it("says which step failed, with status and answer", async () => {
      recorder.reset({ [`POST ${all}`]: status(409, { code: 409, message: "already exists" }) });
      await assert.rejects(
        provider.create(ENVIRONMENT, given),
        /rest: POST .*org returned 409: .*already exists/,
      );
      recorder.reset({
        [`POST ${all}`]: status(200, {}),
        [`PATCH ${one}`]: status(400, { code: 400, message: "bad" }),
      });
      await assert.rejects(
        provider.create(ENVIRONMENT, given),
        /create: post-create yaml apply: rest: PATCH .* returned 400/,
      );
    });

    it("updates by PATCH and GET, and keeps the text of an input that is not given any more", async () => {
      recorder.reset({ [`PATCH ${one}`]: status(200, {}), [`GET ${one}`]: text("new") });
      const { yaml: _, ...without } = given;
      const updated = await provider.update(ENVIRONMENT, {}, given, { ...given, yaml: secret("new") });
      assert.deepEqual(recorder.calls, [`PATCH ${one}`, `GET ${one}`]);
      assert.deepEqual(updated, { yaml: secret("new") });
      recorder.seen.length = 0;
      await provider.update(ENVIRONMENT, {}, given, without);
      assert.equal(recorder.seen[0]?.body, "values: {}");
    });

    it("reports errors of a PATCH that the older resource swallows, and repeats nothing", async () => {
      recorder.reset({ [`PATCH ${one}`]: status(500, { code: 500, message: "broken" }) });
      await assert.rejects(provider.update(ENVIRONMENT, {}, given, given), /returned 500: .*broken/);
      assert.equal(recorder.seen.length, 1);
    });

    it("reads the text into the state alone; the inputs stay, so a refresh brings no change", async () => {
      recorder.reset({ [`GET ${one}`]: text("elsewhere") });
      const read = await provider.read(ENVIRONMENT, "org/p/e", { yaml: secret("values: {}") }, given);
      assert.deepEqual(read.state, { yaml: secret("elsewhere") });
      assert.deepEqual(read.inputs, given);
      assert.equal((await provider.diff(ENVIRONMENT, read.state, read.inputs, given)).changed, false);
    });

    it("imports `org/project/name`, and the definition then comes as an update", async () => {
      recorder.reset({ [`GET ${one}`]: text("") });
      const read = await provider.read(ENVIRONMENT, "org/p/e");
      assert.deepEqual(read.inputs, { orgName: "org", project: "p", name: "e" });
      const { replaces, detailed } = await provider.diff(ENVIRONMENT, read.state, read.inputs, given);
      assert.deepEqual({ replaces, detailed }, { replaces: [], detailed: { yaml: "ADD" } });
    });

    it("fails on a read of what is gone", async () => {
      recorder.reset({});
      await assert.rejects(provider.read(ENVIRONMENT, "org/p/e", {}, given), /rest: GET .* returned 404/);
    });

    it("deletes, and a 404 is as good", async () => {
      recorder.reset({ [`DELETE ${one}`]: status(200, {}) });
      await provider.delete(ENVIRONMENT, "org/p/e", {}, given);
      assert.deepEqual(recorder.calls, [`DELETE ${one}`]);
      recorder.reset({});
      await provider.delete(ENVIRONMENT, "org/p/e", {}, given);
      recorder.reset({ [`DELETE ${one}`]: status(409, { code: 409, message: "protected" }) });
      await assert.rejects(provider.delete(ENVIRONMENT, "org/p/e", {}, given), /returned 409: .*protected/);
    });

    it("replaces on another organisation, project or name", async () => {
      const { replaces } = await provider.diff(ENVIRONMENT, {}, given, { ...given, name: "f" });
      assert.deepEqual(replaces, ["name"]);
    });
  });

  describe("stand-ins as plugins that the engine starts", () => {
    let home: string;
    const running: ChildProcess[] = [];

    before(async () => {
      home = await mkdtemp(join(tmpdir(), "stand-ins-"));
    });

    after(async () => {
      for (const child of running) child.kill();
      await rm(home, { recursive: true });
    });

    it("are put where the engine keeps its plugins, and only once", async () => {
      const { env, installed } = await installStandIns(home);
      assert.deepEqual(env, { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });
      assert.deepEqual(installed, [
        join(home, "plugins/resource-cloudflare-v6.22.1"),
        join(home, "plugins/resource-pulumiservice-v1.3.0"),
      ]);
      const file = join(home, "plugins/resource-cloudflare-v6.22.1/pulumi-resource-cloudflare");
      assert.equal((await stat(file)).mode & 0o111, 0o111);
      assert.deepEqual((await installStandIns(home)).installed, []);
    });

    it("print their port, work with the environment they are started with, and end with the engine", async () => {
      const file = join(home, "plugins/resource-cloudflare-v6.22.1/pulumi-resource-cloudflare");
      const child = spawn(file, ["127.0.0.1:1"], {
        env: { PATH: process.env.PATH, ...environment, CLOUDFLARE_API_TOKEN: "from-esc" },
        stdio: ["pipe", "pipe", "inherit"],
      });
      running.push(child);
      const [port] = (await once(child.stdout, "data")) as [Buffer];
      const provider = new Provider(Number(port));
      opened.push(provider);
      await provider.configure();
      recorder.reset({ [`POST ${WORKER}/subdomain`]: result({ enabled: true, previews_enabled: true }) });
      await provider.create(SUBDOMAIN, { accountId: "acc", scriptName: "w", enabled: true });
      assert.equal(recorder.last().headers.authorization, "Bearer from-esc");
      child.stdin.end();
      const [exitCode] = (await once(child, "exit")) as [number];
      assert.equal(exitCode, 0);
    });
  });
});
