import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { runNode } from "../../../../tests/helpers/process.ts";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { CANARY } from "../../../../tests/leak/marker.ts";
import { accountTokens } from "../../src/api/cloudflare-tokens.ts";
import { bounded } from "../../src/cli/commands/doctor/check.ts";
import { tokenCheck } from "../../src/cli/commands/doctor/cloudflare.ts";
import { clockCheck } from "../../src/cli/commands/doctor/clouds.ts";
import { expiry } from "../../src/cli/commands/rotate/platform-token.ts";
import { setVariables } from "../../src/cli/project/init-environments.ts";
import { cloudVariables, type WsProject, wsProject } from "./stack-project.ts";

interface Check {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

describe("ws doctor", function () {
  this.timeout(120_000);
  let world: World;
  let project: WsProject;
  before(async () => {
    world = await openWorld();
    project = await wsProject(world, {
      project: "patient",
      worker: { ...GOOD, name: "patient" },
      secrets: { API_KEY: `${CANARY}a`, TOP_SECRET: `${CANARY}b` },
    });
  });
  after(() => world?.close());

  const doctor = async (of = project): Promise<{ code: number | null; checks: readonly Check[] }> => {
    const { code, stdout, stderr } = await of.ws("doctor", "--json");
    assert.ok(!(stdout + stderr).includes(CANARY), "it printed a value");
    const told = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
    assert.equal(told.ok, code === 0, stdout);
    for (const { status, fix } of told.checks) assert.equal(fix === undefined, status === "ok");
    return { code, checks: told.checks };
  };
  const failed = ({ checks }: { checks: readonly Check[] }) =>
    checks.filter(({ status }) => status === "fail").map(({ check, detail }) => `${check}: ${detail}`);
  const warned = ({ checks }: { checks: readonly Check[] }) =>
    checks.filter(({ status }) => status === "warn").map(({ check, detail }) => `${check}: ${detail}`);

  it("finds a good stack good, before and after its first up, with a line for everything", async () => {
    const before = await doctor();
    assert.deepEqual(failed(before), []);
    await project.host.up();
    const after = await doctor();
    assert.deepEqual([after.code, failed(after)], [0, []]);
    const names = after.checks.map(({ check }) => check);
    for (const name of [
      ...[
        "node",
        "pulumi",
        "language host",
        "wrangler",
        "plugin cloudflare",
        "endpoints",
        "login",
        "organization",
      ],
      ...[
        "stack file",
        "stack",
        "Environment patient/dev",
        "Environment patient/dev-cloudflare",
        "workers.dev",
      ],
      ...[
        "Environment patient/dev-secrets",
        "token",
        "permission Workers Scripts Write",
        "Worker patient-dev",
      ],
      ...["clock and Pulumi Cloud", "clock and Cloudflare", "orphaned Environments", "orphaned Workers"],
      ...["stack lock", "writers of Environments", "unused tokens"],
    ])
      assert.ok(names.includes(name), `there is no line about ${name}: ${names.join(", ")}`);
    assert.match((await project.ws("doctor")).stdout, /^ok {4}Worker patient-dev: this stack made it$/m);
  });

  it("names what the Environments lack and hold too much, edits, and orphans, all in one run", async () => {
    const bare = await wsProject(world, {
      project: "bare",
      worker: { ...GOOD, name: "bare" },
      secrets: { UNUSED: `${CANARY}x` },
    });
    await world.client.updateEnvironment("bare/dev", "values: {mine: 1}\n");
    await world.client.createEnvironment("bare/old-secrets");
    const told = await doctor(bare);
    assert.equal(told.code, 1);
    const lines = [...failed(told), ...warned(told)].join("\n");
    for (const part of [
      /bare\/dev-secrets: 'API_KEY' is declared but has no value/,
      /bare\/dev-secrets: 'TOP_SECRET' is declared but has no value/,
      /holds environmentVariables\.UNUSED, which no Worker declares/,
      /Environment bare\/dev: is not the definition that the files declare/,
      /orphaned Environments: bare\/old-secrets/,
    ])
      assert.match(lines, part);
  });

  it("names config keys that nothing reads; one that is nearly a key of the project fails", async () => {
    const keyed = await wsProject(world, {
      project: "keyed",
      worker: { ...GOOD, name: "keyed" },
      secrets: { API_KEY: `${CANARY}a`, TOP_SECRET: `${CANARY}b` },
      config: { colour: "red" },
    });
    const told = await doctor(keyed);
    assert.deepEqual(failed(told), []);
    assert.match(
      warned(told).join("\n"),
      /^stack file: Pulumi\.dev\.yaml:\d+, worker-secrets:colour: worker-secrets:colour is not a config key that is read/m,
    );
    assert.match((await keyed.host.preview()).text, /worker-secrets:colour is not a config key that is read/);
    const file = join(keyed.root, "Pulumi.dev.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8")}  worker-secrets:scriptname: other\n`);
    assert.match(
      failed(await doctor(keyed)).join("\n"),
      /^files: Pulumi\.dev\.yaml:\d+, worker-secrets:scriptname: .*did you mean 'scriptName'\?$/m,
    );
  });

  it("names the wrong Worker, and one that no stack names", async () => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    for (const name of ["wrong-dev", "wrong-lost"]) {
      const form = new FormData();
      form.set("metadata", JSON.stringify({ main_module: "a.js", bindings: [] }));
      const code = "export default { fetch: () => new Response() }";
      form.set("a.js", new File([code], "a.js", { type: "application/javascript+module" }));
      const put = await fetch(`${url}/accounts/${accountId}/workers/scripts/${name}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${token}` },
        body: form,
      });
      assert.equal(put.status, 200);
    }
    const wrong = await wsProject(world, { project: "wrong", worker: { ...GOOD, name: "wrong" } });
    const told = await doctor(wrong);
    assert.equal(told.code, 1);
    assert.match(failed(told).join("\n"), /Worker wrong-dev: .*this stack did not make it/);
    assert.match(warned(told).join("\n"), /orphaned Workers: 'wrong-lost'/);
  });

  /** A valid token of the account that may not touch its Workers. */
  const tokenThatReadsKv = async (): Promise<string> => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const tokens = `${url}/accounts/${accountId}/tokens`;
    const groups = await fetch(`${tokens}/permission_groups`, { headers });
    const { result } = (await groups.json()) as { result: { id: string; name: string }[] };
    const id = result.find(({ name }) => name === "Workers KV Storage Read")?.id;
    const resources = { [`com.cloudflare.api.account.${accountId}`]: "*" };
    const policies = [{ effect: "allow", permission_groups: [{ id }], resources }];
    const made = await fetch(tokens, {
      method: "POST",
      headers,
      body: JSON.stringify({ name: "kv", policies }),
    });
    const answer = (await made.json()) as { result: { value: string } };
    return answer.result.value;
  };

  it("names a token that is unknown, ends soon, or lacks a permission", async () => {
    const store = (value: string) =>
      setVariables(world.client, "patient/dev-cloudflare", [
        { name: "CLOUDFLARE_API_TOKEN", value, secret: true },
      ]);
    await store("sandbox-".padEnd(44, "x"));
    const unknown = await doctor();
    assert.match(failed(unknown).join("\n"), /^token: Cloudflare does not know it$/m);
    assert.match(warned(unknown).join("\n"), /^Workers: not checked: the deploy token does not work$/m);
    await store(await tokenThatReadsKv());
    assert.match(failed(await doctor()).join("\n"), /permission Workers Scripts Write: it lacks/);
    await store(world.sandbox.description.cloudflare.token);
    assert.deepEqual(failed(await doctor()), []);
  });

  it("names a stack that is held, what a dead update left, and writers that the service shows", async () => {
    const { pulumi } = world.sandbox.description;
    const call = async (method: string, path: string, body: unknown) => {
      const answer = await fetch(`${pulumi.url}${path}`, {
        method,
        headers: { authorization: `token ${pulumi.token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.ok(answer.ok, `${path}: ${answer.status}`);
      return (await answer.json().catch(() => ({}))) as { updateID?: string };
    };
    const teams = `/api/orgs/${pulumi.organization}/teams`;
    await call("POST", `${teams}/pulumi`, { name: "interns" });
    const environment = { projectName: "patient", envName: "dev-cloudflare" };
    await call("PATCH", `${teams}/interns`, {
      addEnvironmentPermission: { ...environment, permission: "write" },
    });
    const path = `/api/stacks/${pulumi.organization}/patient/dev`;
    const { updateID } = await call("POST", `${path}/update`, { name: "patient", runtime: "nodejs" });
    await call("POST", `${path}/update/${updateID}`, {});
    const lines = warned(await doctor()).join("\n");
    assert.match(lines, /^stack lock: the operation 'update' of \S+ has held the stack for 0 min$/m);
    assert.match(
      lines,
      /^writers of Environments: the team 'interns' has 'write' on patient\/dev-cloudflare/m,
    );
    await call("POST", `${path}/update/${updateID}/cancel`, {});
    assert.doesNotMatch(warned(await doctor()).join("\n"), /stack lock/);
  });

  it("names a token that a rotation left unused, and variables that a definition must not set", async () => {
    const { url, accountId, token } = world.sandbox.description.cloudflare;
    const { organization } = world.sandbox.description.pulumi;
    const tokens = accountTokens(url, accountId, token);
    const name = `ws ${organization}/patient/dev 2026-01-01T00:00:00Z x`;
    const { id } = await tokens.create({ name, expiresOn: expiry("1d"), account: ["D1 Read"], zone: [] });
    const { yaml } = (await world.client.environment("patient/dev")) ?? { yaml: "" };
    const edited = parse(yaml);
    edited.values.environmentVariables.NODE_OPTIONS = "x";
    await world.client.updateEnvironment("patient/dev", stringify(edited));
    const found = await doctor();
    assert.match(
      warned(found).join("\n"),
      new RegExp(`^unused tokens: '${name}' \\(id ${id}\\) is valid`, "m"),
    );
    assert.match(failed(found).join("\n"), /^Environment patient\/dev: it sets the variable NODE_OPTIONS/m);
    await world.client.updateEnvironment("patient/dev", yaml);
    await tokens.end(id);
    const good = await doctor();
    assert.deepEqual(failed(good), []);
    assert.doesNotMatch(warned(good).join("\n"), /unused tokens/);
  });

  it("works when nothing is set up yet, and outside any login", async () => {
    const root = join(world.folder, "fresh");
    mkdirSync(root);
    writeFileSync(join(root, "Pulumi.yaml"), "name: fresh\nruntime: nodejs\n");
    const run = (env: Record<string, string>, ...args: string[]) =>
      runNode(["packages/worker-secrets/src/cli/ws.ts", "doctor", "--root", root, ...args], {
        ...cloudVariables(world),
        ...env,
      }).ended;
    const noStack = await run({});
    assert.equal(noStack.code, 1);
    assert.match(noStack.stdout, /FAIL {2}stack: the stack: none is named/);
    assert.match(noStack.stdout, /warn {2}login: not checked: the stack is not known/);
    const split = await run({ CLOUDFLARE_BASE_URL: "" }, "--stack", "dev");
    assert.match(split.stdout, /FAIL {2}endpoints: .*one of the two clouds is on this machine/);
    assert.doesNotMatch(split.stdout, /FAIL {2}login/);
    for (const env of [{ CLOUDFLARE_BASE_URL: "nope" }, { PULUMI_BACKEND_URL: "nope" }]) {
      const noUrl = await run(env, "--stack", "dev");
      assert.match(noUrl.stdout, /FAIL {2}endpoints: .*'nope' is no/);
      assert.match(noUrl.stdout, /warn {2}clock and \w+.*: not checked: the endpoints are not known/);
    }
    writeFileSync(join(root, "Pulumi.yaml"), "name: fresh\n  runtime: [\n");
    const broken = await run({}, "--stack", "dev");
    assert.match(broken.stdout, /FAIL {2}project: \S+Pulumi\.yaml:\d+:\d+: .* is not valid YAML/);
    assert.doesNotMatch(broken.stdout, /FAIL {2}(login|stack)/);
    writeFileSync(join(root, "Pulumi.yaml"), "name: fresh\nruntime: nodejs\n");
    assert.match(noStack.stdout, /^ok {4}node/m);
    const noLogin = await run({ PULUMI_ACCESS_TOKEN: "" }, "--stack", "dev");
    assert.match(noLogin.stdout, /FAIL {2}login: .*nobody is logged in/);
    workerFolder(root, "worker", GOOD);
    const noEnvironments = await run({}, "--stack", "dev");
    for (const part of [
      /FAIL {2}stack file: Pulumi\.dev\.yaml is not there\n.*init dev/,
      /FAIL {2}Environment fresh\/dev: is not there\n.*init dev/,
      /FAIL {2}Environment fresh\/dev-secrets: is not there/,
      /FAIL {2}Environment fresh\/dev-cloudflare: is not there/,
    ])
      assert.match(noEnvironments.stdout, part);
    const worlds = await run(
      {
        CLOUDFLARE_BASE_URL: "https://api.cloudflare.invalid/client/v4",
        WORKER_SECRETS_HOSTS: "api.cloudflare.invalid",
      },
      "--stack",
      "dev",
    );
    assert.match(worlds.stdout, /FAIL {2}endpoints: .*one of the two clouds is on this machine/);
    writeFileSync(join(root, "worker", "wrangler.jsonc"), "{ nonsense");
    assert.match((await run({}, "--stack", "dev")).stdout, /FAIL {2}files: worker\/wrangler\.jsonc/);
  });

  it("judges clocks and ends of tokens", () => {
    const at = Date.parse("2026-11-23T12:00:00Z");
    const header = (seconds: number) => new Date(at + seconds * 1000).toUTCString();
    assert.equal(clockCheck("c", header(30), at, at + 500).status, "ok");
    assert.match(clockCheck("c", header(120), at, at + 500).detail, /120 s behind/);
    assert.match(clockCheck("c", header(-120), at, at + 500).detail, /120 s ahead/);
    const token = (days: number) =>
      tokenCheck(
        { kind: "user", status: "active", expiresOn: new Date(at + days * 86_400_000).toISOString() },
        "dev",
        new Date(at),
      ).map(({ status }) => status);
    assert.deepEqual(token(15), ["ok", "ok"]);
    assert.deepEqual(token(13), ["ok", "warn"]);
    assert.deepEqual(token(-1), ["fail", "fail"]);
  });

  it("bounds the time of a check that gets no answer", async () => {
    const [late] = await bounded("slow", () => new Promise(() => undefined), 10);
    assert.deepEqual([late?.status, late?.detail], ["fail", "no answer within 0.01 s"]);
  });
});
