import assert from "node:assert/strict";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import { killedCalls } from "../../../../tests/volume.ts";
import { environmentUpkeep } from "../../src/api/pulumi-revisions.ts";
import { deployVariables, initEnvironments } from "../../src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../src/program/definition.ts";
import { environmentNames } from "../../src/program/names.ts";
import { CANARY, type WsStack, wsStack } from "./rotate-harness.ts";

const WORKER = {
  name: "sample",
  main: "index.js",
  compatibility_date: "2026-10-01",
  secrets: { required: ["API_KEY"] },
  kv_namespaces: [{ binding: "CACHE" }],
};

describe("ws teardown", () => {
  let stack: WsStack;
  const project = "gone";
  const names = environmentNames(project, "dev");
  const secrets = { API_KEY: `${CANARY}value` };
  const teardown = ["teardown", "--yes", "dev"];

  const scripts = async (): Promise<string[]> => {
    const { url, token, accountId } = stack.world.sandbox.description.cloudflare;
    const headers = { authorization: `Bearer ${token}` };
    const answers = await Promise.all(
      ["workers/scripts", "storage/kv/namespaces"].map((path) =>
        fetch(`${url}/accounts/${accountId}/${path}`, { headers }),
      ),
    );
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
      result: { id: string; title?: string }[];
    }[];
    return bodies.flatMap(({ result }) => result.map(({ id, title }) => title ?? id)).sort();
  };
  const environments = async () => {
    const all = await Promise.all(
      Object.values(names).map(async (name) => ((await stack.world.client.environment(name)) ? [name] : [])),
    );
    return all.flat();
  };
  const isGone = async () => {
    assert.deepEqual(await scripts(), []);
    assert.deepEqual(await environments(), []);
    assert.equal(await stack.world.client.stackExists(project, "dev"), false);
  };
  const comeUp = async () => {
    const { client, sandbox } = stack.world;
    await initEnvironments({
      client,
      names,
      cloudflare: deployVariables(sandbox.description.cloudflare),
      secrets: Object.entries(secrets).map(([name, value]) => ({ name, value, secret: true })),
      definition: defineEnvironment({ names: environmentNames(project, "dev") }),
      onStep: () => undefined,
    });
    await client.createStack(project, "dev");
    await stack.host.up();
    assert.deepEqual(await scripts(), ["sample-dev", "sample-dev-cache"]);
  };

  before(async () => {
    stack = await wsStack({
      project,
      worker: WORKER,
      secrets,
      config: (directory) => ({ workers: [{ directory, resources: { CACHE: { declare: true } } }] }),
    });
    await comeUp();
  });
  after(() => stack?.close());

  it("wants the stack's name, and refuses what is protected unless told", async function () {
    this.timeout(180_000);
    assert.match(await stack.refused(["teardown"]), /no terminal to ask in[\s\S]*--yes dev/);
    assert.match(await stack.refused(["teardown", "--yes", "prod"]), /'prod' is not the stack's name/);
    const { pulumi } = stack.world.sandbox.description;
    const { url, token, organization } = pulumi;
    const path = `${url}/api/esc/environments/${organization}/${names.secrets}/settings`;
    const headers = { authorization: `token ${token}`, "content-type": "application/json" };
    const protect = await fetch(path, {
      method: "PATCH",
      headers,
      body: JSON.stringify({ deletionProtected: true }),
    });
    assert.ok(protect.ok);
    const before = stack.file();
    appendFileSync(join(stack.root, "Pulumi.dev.yaml"), `  worker-secrets:prod: true\n`);
    const text = await stack.refused(teardown);
    assert.match(text, /the stack is production/);
    assert.match(text, /Environment gone\/dev-secrets: it is protected against deletion/);
    await stack.host.up();
    assert.equal((await environments()).length, 3);
    writeFileSync(join(stack.root, "Pulumi.dev.yaml"), before);
    assert.equal(await environmentUpkeep(pulumi, organization, names.secrets).deletionProtected(), true);
    const done = JSON.parse(await stack.good([...teardown, "--protected", "--json"]));
    assert.equal(done.cloudflareAsked, true);
    await isGone();
  });

  it("leaves what the program declares beside the Workers, and the stack with it, unless asked by name", async function () {
    this.timeout(180_000);
    await comeUp();
    await stack.host.automation.importStack(withOther(await stack.host.automation.exportStack()));
    assert.match(
      await stack.refused([...teardown, "--also", "theirs"]),
      /--also theirs: the stack has no resource/,
    );
    assert.match(
      await stack.good(teardown),
      /stay, because the program declares more: pulumi:index:Stash mine/,
    );
    assert.deepEqual(await scripts(), []);
    assert.equal((await environments()).length, 3);
    const state = JSON.stringify(await stack.world.client.exportStack(project, "dev"));
    assert.ok(state.includes("::mine") && !state.includes("SecretWorker"), state);
    await stack.good(teardown);
    await stack.good([...teardown, "--also", "mine"]);
    await isGone();
  });

  it("takes what is gone as done, and leaves the config file unless told", async () => {
    await stack.good(teardown);
    assert.ok(existsSync(join(stack.root, "Pulumi.dev.yaml")));
  });

  it("keeps the values where that is asked for", async () => {
    await comeUp();
    await stack.good([...teardown, "--keep-values"]);
    assert.deepEqual((await environments()).sort(), [names.cloudflare, names.secrets]);
    assert.deepEqual(await scripts(), []);
  });

  it("keeps the Environments when something is left on Cloudflare, and says what", async () => {
    const { url, token, accountId } = stack.world.sandbox.description.cloudflare;
    const namespaces = `${url}/accounts/${accountId}/storage/kv/namespaces`;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const made = await fetch(namespaces, {
      method: "POST",
      headers,
      body: JSON.stringify({ title: "sample-dev-cache" }),
    });
    const { result } = (await made.json()) as { result: { id: string } };
    assert.match(await stack.refused(teardown), /Cloudflare still has: KV namespace 'sample-dev-cache'/);
    assert.deepEqual((await environments()).sort(), [names.cloudflare, names.secrets]);
    await fetch(`${namespaces}/${result.id}`, { method: "DELETE", headers });
    await stack.good(teardown);
    await isGone();
  });

  it("resumes, killed at each of its own calls, before and after each", async function () {
    this.timeout(900_000);
    for (const after of [{}, { after: true }] as const) {
      await comeUp();
      for (const at of killedCalls()) {
        const ended = await stack.run(teardown, { at, ...after });
        if (ended.code === 0) {
          assert.ok(at > 5, "it made too few calls for this to be a test");
          break;
        }
        assert.equal(ended.signal, "SIGKILL", ended.stderr);
      }
      await stack.good(teardown);
      await isGone();
    }
  });

  it("ends cleanly on SIGINT, and removes the config file where that is asked for", async () => {
    await comeUp();
    const ended = await stack.run(teardown, { at: 4, signal: "SIGINT" });
    assert.equal(ended.code, 130, ended.stderr);
    // The engine is at work then: it ends its step, and leaves the stack free.
    const destroying = await stack.run(teardown, {
      at: 1,
      signal: "SIGINT",
      counts: ({ method, path }) => method === "DELETE" && /\/scripts\/sample-dev/.test(path),
    });
    assert.equal(destroying.code, 130, destroying.stderr);
    await stack.good([...teardown, "--remove-config"]);
    await isGone();
    assert.ok(!existsSync(join(stack.root, "Pulumi.dev.yaml")));
  });
});

/** A state with a resource of the user's own. */
function withOther(exported: Deployment): Deployment {
  const deployment = exported.deployment as { resources: { urn: string; type: string }[] };
  const of = deployment.resources.find(({ urn }) => urn.endsWith("::sample-guard"));
  assert.ok(of);
  const own = { ...of, dependencies: [], protect: false, urn: of.urn.replace("sample-guard", "mine") };
  const inputs = { input: "of the user" };
  const mine = { ...own, inputs, outputs: { ...inputs, output: inputs.input } };
  return { ...exported, deployment: { ...deployment, resources: [...deployment.resources, mine] } };
}
