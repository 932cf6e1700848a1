import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { type WsStack, wsStack } from "../../packages/worker-secrets/tests/commands/rotate-harness.ts";
import { ask } from "../helpers/fixture.ts";
import { enginePath, type StackOptions } from "../helpers/world.ts";
import { canary } from "../leak/marker.ts";
import { assertQuiet } from "../leak/quiet.ts";

/** Tells a secret by its hash alone, and uses the bucket that the program made. */
const CODE = `
const sha256 = async (text) =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
export default {
  async fetch(request, env) {
    await env.FILES.put("one", "kept in the program's bucket");
    const file = await (await env.FILES.get("one")).text();
    return Response.json({ DATABASE_URL: await sha256(env.DATABASE_URL), API_KEY: await sha256(env.API_KEY), file });
  },
};\n`;

/** A program with resources of its own, whose outputs it passes on; what it passes is in a file, so that tests can change it. */
const PROGRAM = `
import { readFileSync } from "node:fs";
import { R2Bucket } from "@pulumi/cloudflare/r2bucket.js";
import { WorkersKvNamespace } from "@pulumi/cloudflare/workersKvNamespace.js";
import * as pulumi from "@pulumi/pulumi";
import * as ws from "worker-secrets";

export default async () => {
  const { accountId, password, secrets, bindings } = JSON.parse(readFileSync(new URL("case.json", import.meta.url), "utf8"));
  const sessions = new WorkersKvNamespace("sessions", { accountId, title: \`sessions-\${pulumi.getStack()}\` });
  const files = new R2Bucket("files", { accountId, name: \`files-\${pulumi.getStack()}\` });
  // Unknown until the namespace is there; not marked as a secret by anybody.
  const url = pulumi.interpolate\`postgres://\${sessions.id}:\${password}@db.example\`;
  const plan = ws.plan();
  const environment = new ws.StackEnvironment("environment", { plan });
  const api = new ws.SecretWorker(
    "api",
    { plan, secrets: { DATABASE_URL: url, ...secrets }, bindings: { FILES: files.name, ...bindings } },
    { dependsOn: environment },
  );
  return { ...environment.summary, workers: { api: api.summary }, sessions: sessions.id };
};\n`;

describe("secrets and bindings that are outputs of the same program", function () {
  this.timeout(300_000); // whole commands, each with an engine of its own
  const project = "outputs";
  const passwords = [canary(), canary()] as const;
  let stack: WsStack;
  let host: HostedStack;

  const program = (more: Readonly<Record<string, unknown>> = {}) =>
    writeFileSync(
      join(stack.root, "case.json"),
      JSON.stringify({
        accountId: stack.world.sandbox.description.cloudflare.accountId,
        password: passwords[0],
        ...more,
      }),
    );

  /** Each stack has a key of its own in its Environment. */
  const options = (): StackOptions => ({
    project,
    code: CODE,
    worker: {
      name: "api",
      main: "index.js",
      compatibility_date: "2026-10-01",
      secrets: { required: ["API_KEY", "DATABASE_URL"] },
      r2_buckets: [{ binding: "FILES" }],
    },
    secrets: { API_KEY: canary() },
    config: (directory) => ({
      workers: [{ directory, programSecrets: ["DATABASE_URL"], resources: { FILES: { program: true } } }],
    }),
  });

  before(async () => {
    stack = await wsStack(options());
    symlinkSync(join(import.meta.dirname, "../../node_modules"), join(stack.root, "node_modules"));
    writeFileSync(join(stack.root, "package.json"), JSON.stringify({ type: "module", main: "index.mjs" }));
    writeFileSync(join(stack.root, "index.mjs"), PROGRAM);
    program();
    host = await hostStack({
      project,
      stack: "dev",
      organization: stack.world.sandbox.description.pulumi.organization,
      root: stack.root,
      engine: enginePath(),
      env: { ...stack.world.env, PULUMI_BACKEND_URL: stack.cli.pulumiUrl },
    });
  });
  after(async () => {
    await host?.close();
    await stack?.close();
  });
  afterEach(() => program());

  const failure = async (run: Promise<unknown>): Promise<string> => {
    const text = await run.then(
      () => assert.fail("it did not fail"),
      (error: unknown) => String(error),
    );
    assertQuiet(text);
    return text;
  };
  /** As the service has it: secrets encrypted. */
  const state = async () => JSON.stringify(await stack.world.client.exportStack(project, "dev"));
  const outputs = async () => {
    const { workers, sessions } = await host.automation.outputs();
    assert.ok(workers !== undefined && sessions !== undefined);
    const { secrets } = workers.value.api;
    return { prints: secrets as Record<string, string>, sessions: String(sessions.value) };
  };
  const running = async (script = "api-dev"): Promise<Record<string, string>> =>
    JSON.parse((await ask(stack.world.sandbox.description.workers.url, script, { path: "/" })).body);

  it("are refused where only the program or only the config has a name, all at once; nothing of ours is registered", async () => {
    program({
      secrets: { DATABASE_URL: null, QUEUE_URL: "canary", API_KEY: "canary" },
      bindings: { FILES: null },
    });
    const text = await failure(host.up());
    for (const one of [
      /programSecrets lists 'DATABASE_URL'/,
      /programSecrets: \[DATABASE_URL, QUEUE_URL, API_KEY\]/,
      /'API_KEY', whose value comes from the Environment outputs\/dev-secrets/,
      /'resources' has FILES: \{program: true\}/,
    ])
      assert.match(text, one);
    // The SDK may say it once more, for the stack's outputs, where they wait for the same refusal.
    const said = text.match(/(?:error serializing property "outputs": )?4 problems found/g) ?? [];
    assert.equal(said.filter((one) => one.startsWith("4")).length, 1, text);
    assert.doesNotMatch(await state(), /SecretWorker|WorkersScript|api\/esc:Environment/);
  });

  it("are refused where the Environment has a value as well, by its place", async () => {
    const name = `${project}/dev-secrets`;
    const { client } = stack.world;
    const before = (await client.environment(name))?.yaml ?? "";
    await client.updateEnvironment(name, before.replace("API_KEY:", "DATABASE_URL: other\n    API_KEY:"));
    const text = await failure(host.preview());
    assert.match(text, /Environment outputs\/dev-secrets, environmentVariables\.DATABASE_URL/);
    assert.match(text, /pulumi env rm outputs\/dev-secrets environmentVariables\.DATABASE_URL/);
    await client.updateEnvironment(name, before);
  });

  it("are asked for by no init", async () => {
    await stack.good(["init", "dev"]);
  });

  it("come up in one run, after a preview that does not know them; a second one changes nothing", async () => {
    const preview = await host.preview();
    assert.match(preview.text, /WorkersScript api create/);
    const { text } = await host.up();
    assertQuiet(preview.text, text);
    const { prints, sessions } = await outputs();
    assert.deepEqual(Object.keys(prints).sort(), ["API_KEY", "DATABASE_URL"]);
    assert.match(prints.DATABASE_URL ?? "", /^[0-9a-f]{12}$/);
    assert.deepEqual(await running(), {
      ...(await running()),
      DATABASE_URL: sha256(`postgres://${sessions}:${passwords[0]}@db.example`),
      file: "kept in the program's bucket",
    });
    assert.deepEqual(Object.keys((await host.preview()).changes), ["same"]);
    assertQuiet(await state());
  });

  it("show by their fingerprint when they change, and go up", async () => {
    const before = await outputs();
    program({ password: passwords[1] });
    const preview = await host.preview();
    assert.deepEqual(preview.changes, { ...preview.changes, update: 1 });
    await host.up();
    const after = await outputs();
    assert.notEqual(after.prints.DATABASE_URL, before.prints.DATABASE_URL);
    assert.equal(after.prints.API_KEY, before.prints.API_KEY);
    assertQuiet(preview.text, await state());
    program();
    await host.up();
  });

  it("are refused by name where the value can't be a secret's", async () => {
    program({ secrets: { DATABASE_URL: "" } });
    const text = await failure(host.preview());
    assert.match(text, /SecretWorker 'api', secrets\.DATABASE_URL: 'DATABASE_URL' is empty/);
  });

  it("are no business of rotate, drift, doctor and rollback, which go on for the others", async () => {
    const first = await running();
    const refused = await stack.refused(["rotate", "DATABASE_URL", "--generate", "--stack", "dev"]);
    assert.match(refused, /the program passes its value \(programSecrets\)/);
    await stack.good(["rotate", "API_KEY", "--generate", "--stack", "dev"]);
    await stack.good(["drift", "--stack", "dev"]);
    const second = await running();
    assert.notEqual(second.API_KEY, first.API_KEY);
    assert.equal(second.DATABASE_URL, first.DATABASE_URL);
    const doctor = await stack.run(["doctor", "--stack", "dev"]);
    assert.doesNotMatch(doctor.stdout, /DATABASE_URL/);
    assert.match(doctor.stdout, /has all 1 declared values/);
    await stack.good(["rollback", "--yes", "--stack", "dev"]);
    assert.deepEqual(await running(), first);
  });

  it("are not missed by a promotion: the other stack's program makes its own", async () => {
    await stack.world.stack({ ...options(), stack: "staging" });
    await stack.good(["promote", "dev", "staging", "--yes"]);
    const [dev, staging] = [await running(), await running("api-staging")];
    assert.match(staging.DATABASE_URL ?? "", /^[0-9a-f]{64}$/);
    assert.notEqual(staging.DATABASE_URL, dev.DATABASE_URL);
    assert.equal(staging.file, dev.file);
  });
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
