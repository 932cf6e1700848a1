import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, createPublicKey, type JsonWebKey, randomUUID, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "mocha";
import { identity, type Service, startService } from "./pulumi-harness.ts";

const ORG = "/api/esc/environments/acme";
const engine = process.env.WORKER_SECRETS_ENGINE;

interface Event {
  readonly status: string;
  readonly preRotationRevision: number;
  readonly postRotationRevision?: number;
  readonly rotations: readonly { environmentPath: string; status: string; errorMessage?: string }[];
}
interface Call {
  readonly path: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly body: { readonly request?: unknown; readonly state?: { password?: string } | null };
}
type Answer = { status: number; text: string; location?: string };

describe("sandbox, Pulumi half: rotation and adapters", () => {
  const canary = `canary-${randomUUID()}`;
  let service: Service;
  let adapter: Server;
  let url: string;
  let calls: Call[] = [];
  let answer: (call: Call) => Answer | Promise<Answer>;

  /** Each answer holds a new password and the one before. */
  const renewing = ({ body }: Call): Answer => {
    const made = { password: `${canary}-${calls.length}`, previous: body.state?.password ?? null };
    return { status: 200, text: JSON.stringify(made) };
  };

  /** What the service documents for adapters: verify the signature, the audience, the time and the body. */
  const verified = async (bearer: string, audience: string, body: Buffer) => {
    const [header = "", claims = "", signature = ""] = bearer.replace(/^Bearer /, "").split(".");
    const decode = (part: string) =>
      JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    const said = decode(claims);
    const keys = (await (await fetch(`${String(said.iss)}/oidc/.well-known/jwks`)).json()) as {
      keys: (JsonWebKey & { kid: string })[];
    };
    const jwk = keys.keys.find(({ kid }) => kid === decode(header).kid);
    assert.ok(jwk);
    assert.equal(decode(header).alg, "RS256");
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const signed = Buffer.from(`${header}.${claims}`);
    assert.ok(verify("sha256", signed, key, Buffer.from(signature, "base64url")));
    assert.equal(said.aud, audience);
    assert.ok(Number(said.exp) > Date.now() / 1000);
    assert.equal(said.body_hash, `sha256-${createHash("sha256").update(body).digest("base64")}`);
    return said;
  };

  before(async () => {
    service = await startService();
    adapter = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        const body = Buffer.concat(chunks);
        const path = request.url ?? "";
        try {
          const claims = await verified(request.headers.authorization ?? "", `${url}${path}`, body);
          const call = { path, claims, body: JSON.parse(body.toString()) as Call["body"] };
          calls.push(call);
          const { status, text, location } = await answer(call);
          response.writeHead(status, {
            "content-type": "application/json",
            ...(location === undefined ? {} : { location }),
          });
          response.end(text);
        } catch (error) {
          response.writeHead(401).end(String(error));
        }
      });
    });
    await new Promise<void>((resolve) => adapter.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}`;
  });
  after(async () => {
    await service.close();
    adapter.closeAllConnections();
    await new Promise((resolve) => adapter.close(resolve));
  });
  beforeEach(() => {
    calls = [];
    answer = renewing;
  });

  const make = async (name: string, text: string) => {
    const path = `${ORG}/shop/${name}`;
    assert.equal((await service.call("POST", ORG, { project: "shop", name })).status, 200);
    const { status, text: reply } = await service.call("PATCH", path, text);
    assert.equal(status, 200, reply);
    return path;
  };
  const rotate = async (path: string, paths: string[] = []) => {
    const { status, text, body } = await service.call("POST", `${path}/rotate`, { Paths: paths });
    assert.equal(status, 200, text);
    return body.secretRotationEvent as Event;
  };
  const opened = async (path: string, property: string) => {
    const { body, text } = await service.call("POST", `${path}/open`);
    assert.ok(body.id, text);
    return (await service.call("GET", `${path}/open/${String(body.id)}?property=${property}`)).body;
  };
  const summaries = (body: Readonly<Record<string, unknown>>) =>
    (body.diagnostics as { summary: string }[]).map(({ summary }) => summary);

  const secret = (path = "/db", extra = "") =>
    `values:\n  # the database\n  db: # managed\n    fn::rotate::external:\n      inputs:\n        url: ${url}${path} # ours\n` +
    `        request: {user: ann, big: 12345678901234567890}\n${extra}  # the end\n  plain:   1\n`;

  it("writes the new state as a secret, keeps the rest, and passes it on the next time", async () => {
    const path = await make("db", secret());
    const first = await rotate(path);
    assert.deepEqual(
      [first.status, first.preRotationRevision, first.postRotationRevision],
      ["succeeded", 2, 3],
    );
    assert.deepEqual(
      first.rotations.map(({ environmentPath, status }) => [environmentPath, status]),
      [["values.db", "succeeded"]],
    );
    assert.equal((await rotate(path, ["values.db"])).postRotationRevision, 4);
    assert.equal((await rotate(path, ["db"])).postRotationRevision, 5);
    assert.deepEqual(
      calls.map(({ body }) => body.state?.password ?? body.state),
      [null, `${canary}-1`, `${canary}-2`],
    );
    const current = await opened(path, "db.current");
    assert.equal(current.secret, true);
    const { password, previous } = current.value as Record<string, { value: string; secret: boolean }>;
    assert.deepEqual(
      [password?.value, password?.secret, previous?.value],
      [`${canary}-3`, true, `${canary}-2`],
    );
    assert.equal(calls.length, 3);

    const { text } = await service.call("GET", path);
    const state =
      / {6}state:\n {8}current:\n {10}fn::fromJSON:\n {12}fn::secret:\n {14}ciphertext: [\w+/=]+\n/.exec(
        text,
      );
    assert.ok(state, text);
    assert.equal(text.replace(state[0], ""), secret());
    const disk = service.bytesOnDisk();
    assert.equal(disk.includes(canary), false);
    assert.equal(disk.includes(Buffer.from(canary).toString("base64").slice(0, 40)), false);
    await service.restart();
    const { events } = (await service.call("GET", `${path}/rotate/history`)).body as { events: Event[] };
    assert.deepEqual(
      events.map(({ postRotationRevision }) => postRotationRevision),
      [5, 4, 3],
    );
  });

  it("signs its calls in the service's form", async () => {
    const path = await make("signed", secret("/signed"));
    await rotate(path);
    const [call] = calls;
    assert.deepEqual(call?.body.request, { user: "ann", big: JSON.parse("12345678901234567890") as number });
    const { iss, sub, org, env, current_env, root_env, trigger_user } = call?.claims ?? {};
    assert.deepEqual(
      [iss, sub, org, env, current_env, root_env, trigger_user],
      [
        service.url,
        "pulumi:environments:org:acme:env:shop/signed",
        "acme",
        "signed",
        "shop/signed",
        "shop/signed",
        identity.user,
      ],
    );
  });

  for (const [name, failing] of [
    ["fails", { status: 500, text: canary }],
    ["redirects", { status: 302, text: "", location: "https://example.com/" }],
    ["answers no JSON", { status: 200, text: canary }],
    ["answers no object", { status: 200, text: "[1]" }],
    ["answers without end", { status: 200, text: `{"a":"${"x".repeat(1024 * 1024)}"}` }],
  ] satisfies [string, Answer][]) {
    it(`leaves the definition as it is when the adapter ${name}`, async () => {
      const path = await make(`failing-${name.replaceAll(" ", "-")}`, secret());
      const before = await service.call("GET", path);
      answer = () => failing;
      const event = await rotate(path);
      assert.deepEqual([event.status, event.postRotationRevision], ["failed", undefined]);
      assert.match(event.rotations[0]?.errorMessage ?? "", /^external: the adapter/);
      assert.doesNotMatch(JSON.stringify(event), new RegExp(canary));
      const then = await service.call("GET", path);
      assert.equal(then.text, before.text);
      assert.equal(then.headers.get("etag"), before.headers.get("etag"));
      const { events } = (await service.call("GET", `${path}/rotate/history`)).body;
      assert.deepEqual(events, [event]);
    });
  }

  it("renews each secret on its own: equal ones, flow style, one that fails", async () => {
    const call = (path: string) => `{"fn::rotate::external": {"inputs": {"url": "${url}${path}"}}}`;
    const text = `values: {"a": ${call("/x")}, "b": ${call("/x")}, "c": ${call("/bad")}}\n`;
    const path = await make("several", text);
    answer = (made) => (made.path === "/bad" ? { status: 503, text: "" } : renewing(made));
    const event = await rotate(path);
    assert.deepEqual(
      event.rotations.map(({ status }) => status),
      ["succeeded", "succeeded", "failed"],
    );
    assert.equal(event.postRotationRevision, 3);
    const stored = (await service.call("GET", path)).text;
    assert.equal(stored.match(/"state": /g)?.length, 2);
    assert.match(stored, /"ciphertext"/);
    const missing = await rotate(path, ["nothing"]);
    assert.match(missing.rotations[0]?.errorMessage ?? "", /no rotated secret/);
  });

  it("refuses to write over an edit that came in between, and a second rotation meanwhile", async () => {
    const path = await make("race", secret());
    answer = async (call) => {
      assert.equal((await service.call("POST", `${path}/rotate`, {})).status, 409);
      assert.equal((await service.call("PATCH", path, "values: {edited: true}\n")).status, 200);
      return renewing(call);
    };
    const reply = await service.call("POST", `${path}/rotate`, { Paths: [] });
    assert.deepEqual([reply.status, reply.body.code], [409, 409]);
    assert.equal((await service.call("GET", path)).text, "values: {edited: true}\n");
    const { events } = (await service.call("GET", `${path}/rotate/history`)).body as { events: Event[] };
    assert.deepEqual(
      events.map(({ status }) => status),
      ["failed"],
    );
    const stale = await service.call("POST", `${path}/rotate`, {}, { headers: { "if-match": "old" } });
    assert.equal(stale.status, 409);
  });

  it("opens what adapters answer, one call fed by another, in imports too", async () => {
    await make("source", `values:\n  one:\n    fn::open::external: {url: "${url}/one", request: {n: 1}}\n`);
    const path = await make(
      "user",
      `imports: [shop/source]\nvalues:\n  two:\n    fn::open::external:\n      url: ${url}/two\n      request:\n        got: \${one.response.token}\n      secret: false\n`,
    );
    answer = (call) => ({ status: 200, text: JSON.stringify({ token: `${canary}-${call.path}`, big: 1 }) });
    const token = await opened(path, "two.response.token");
    assert.deepEqual([token.value, token.secret], [`${canary}-/two`, undefined]);
    assert.deepEqual(
      calls.map(({ path: called, body }) => [called, body]),
      [
        ["/one", { n: 1 }],
        ["/two", { got: `${canary}-/one` }],
      ],
    );
    assert.deepEqual([calls[0]?.claims.current_env, calls[0]?.claims.root_env], ["shop/source", "shop/user"]);
    assert.equal((await opened(path, "one.response.token")).secret, true);
    assert.equal((await service.call("POST", `${path}/check`)).status, 200);
    assert.equal(calls.length, 4);
    assert.equal(service.bytesOnDisk().includes(canary), false);
  });

  it("calls nothing that is not on this machine", async () => {
    for (const [target, says] of [
      ["https://adapter.example.com/", /on this machine only/],
      ["http://127.0.0.1.example.com/", /on this machine only/],
      ["http://10.0.0.1/", /on this machine only/],
      ["ftp://127.0.0.1/", /http:/],
      [`http://ann:${canary}@127.0.0.1/`, /user or a password/],
      ["nowhere", /not valid/],
    ] as const) {
      const text = `values: {a: {fn::open::external: {url: "${target}"}}}`;
      const reply = await service.call("POST", `${ORG}/yaml/open`, text);
      assert.equal(reply.status, 400, target);
      assert.match(summaries(reply.body).join(), says);
      assert.doesNotMatch(reply.text, new RegExp(canary));
    }
  });

  it("keeps definitions with the service's own providers, and says on opening that they are not here", async () => {
    const path = await make("cloud", "values: {aws: {fn::open::aws-login: {oidc: {}}}}\n");
    const reply = await service.call("POST", `${path}/open`);
    assert.deepEqual(
      [reply.status, summaries(reply.body)],
      [400, ['provider "aws-login" is not in the sandbox']],
    );
    const unknown = await service.call("POST", `${ORG}/yaml/check`, "values: {a: {fn::open::nope: {}}}");
    assert.deepEqual(summaries(unknown.body), ['unknown provider "nope"']);
    const rotator = await make("iam", "values: {a: {fn::rotate::aws-iam: {inputs: {}}}}\n");
    assert.match((await rotate(rotator)).rotations[0]?.errorMessage ?? "", /"aws-iam" is not in the sandbox/);
  });

  it("lists what works, with its schemas", async () => {
    const get = async (path: string) => (await service.call("GET", `/api/esc/${path}`)).body;
    assert.deepEqual(await get("providers"), { providers: ["external"] });
    assert.deepEqual(await get("rotators"), { rotators: ["external", "passphrase", "password"] });
    assert.equal((await get("providers/external/schema")).name, "external");
    const { inputs } = (await get("rotators/external/schema")) as { inputs: { rotateOnly: string[] } };
    assert.deepEqual(inputs.rotateOnly, ["request"]);
    assert.match(String((await get("providers/aws-login/schema")).message), /is not in the sandbox/);
    const { schema } = (await get("context/schema")) as { schema: { properties: object } };
    assert.deepEqual(Object.keys(schema.properties), ["currentEnvironment", "rootEnvironment", "pulumi"]);
  });

  it("rotates by the real CLI", async function () {
    if (engine === undefined) return this.skip();
    const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
    try {
      await make("cli", secret());
      const child = spawn(engine, ["env", "rotate", "shop/cli"], {
        env: {
          PATH: process.env.PATH ?? "",
          HOME: folder,
          PULUMI_HOME: join(folder, "home"),
          PULUMI_BACKEND_URL: service.url,
          PULUMI_ACCESS_TOKEN: identity.token,
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          output += chunk;
        });
      await new Promise((resolve) => child.on("close", resolve));
      assert.match(output, /Environment 'shop\/cli' rotated.\nNew revision '3' was created/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
