import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { D1Database } from "@pulumi/cloudflare/d1database.js";
import { Queue } from "@pulumi/cloudflare/queue.js";
import { QueueConsumer } from "@pulumi/cloudflare/queueConsumer.js";
import { R2Bucket } from "@pulumi/cloudflare/r2bucket.js";
import { SecretsStore } from "@pulumi/cloudflare/secretsStore.js";
import { SecretsStoreSecret } from "@pulumi/cloudflare/secretsStoreSecret.js";
import { Worker } from "@pulumi/cloudflare/worker.js";
import { WorkersCronTrigger } from "@pulumi/cloudflare/workersCronTrigger.js";
import { WorkersCustomDomain } from "@pulumi/cloudflare/workersCustomDomain.js";
import { WorkersDeployment } from "@pulumi/cloudflare/workersDeployment.js";
import { WorkersKvNamespace } from "@pulumi/cloudflare/workersKvNamespace.js";
import { WorkersRoute } from "@pulumi/cloudflare/workersRoute.js";
import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import { WorkerVersion } from "@pulumi/cloudflare/workerVersion.js";
import { StringAsset } from "@pulumi/pulumi/asset/index.js";
import { secret } from "@pulumi/pulumi/output.js";
import { DeploymentSettings } from "@pulumi/pulumiservice/deploymentSettings.js";
import { DriftSchedule } from "@pulumi/pulumiservice/driftSchedule.js";
import { Environment } from "@pulumi/pulumiservice/environment.js";
import { EnvironmentRotationSchedule } from "@pulumi/pulumiservice/environmentRotationSchedule.js";
import { EnvironmentVersionTag } from "@pulumi/pulumiservice/environmentVersionTag.js";
import { Stack } from "@pulumi/pulumiservice/stack.js";
import { StackTags } from "@pulumi/pulumiservice/stackTags.js";
import { Team } from "@pulumi/pulumiservice/team.js";
import { TeamStackPermission } from "@pulumi/pulumiservice/teamStackPermission.js";
import { enginePath, openWorld, type World } from "../../../tests/helpers/world.ts";
import { type HostedStack, hostStack } from "../../worker-secrets/src/cli/engine/stack-host.ts";

const CODE = `export default {
  async fetch(_request, env) {
    await env.CACHE.put("k", "kept");
    return new Response(await env.CACHE.get("k") + " " + env.MODE);
  },
  async queue() {},
  async scheduled() {},
};`;
const CANARY = "canary-8d1f0e7a55";

describe("stand-ins: a program with a resource of each type, in the real engine", () => {
  let world: World;
  let host: HostedStack;
  let accountId: string;
  let zoneId: string;
  let mode = "first";
  const token = process.env.CLOUDFLARE_API_TOKEN;

  async function cloud() {
    const queue = new Queue("queue", { accountId, queueName: "jobs" });
    const namespace = new WorkersKvNamespace("cache", { accountId, title: "cache" });
    const database = new D1Database("db", { accountId, name: "db", readReplication: { mode: "disabled" } });
    const bucket = new R2Bucket("files", { accountId, name: "files" });
    const store = new SecretsStore("store", { accountId, name: "store" });
    const stored = new SecretsStoreSecret("stored", {
      accountId,
      storeId: store.id,
      name: "KEY",
      value: CANARY,
      scopes: ["workers"],
    });
    const script = new WorkersScript("script", {
      accountId,
      scriptName: "program",
      content: CODE,
      mainModule: "worker.js",
      compatibilityDate: "2026-01-01",
      bindings: [
        { name: "CACHE", type: "kv_namespace", namespaceId: namespace.id },
        { name: "DB", type: "d1", databaseId: database.uuid },
        { name: "FILES", type: "r2_bucket", bucketName: bucket.name },
        { name: "JOBS", type: "queue", queueName: queue.queueName },
        { name: "KEY", type: "secrets_store_secret", storeId: store.id, secretName: stored.name },
        { name: "MODE", type: "plain_text", text: mode },
        { name: "TOP_SECRET", type: "secret_text", text: CANARY },
      ],
    });
    const { scriptName } = script;
    new QueueConsumer("consumer", { accountId, queueId: queue.queueId, type: "worker", scriptName });
    new WorkersCronTrigger("cron", { accountId, scriptName, schedules: [{ cron: "*/5 * * * *" }] });
    new WorkersRoute("route", { zoneId, pattern: "program-tests.dev/*", script: scriptName });
    new WorkersCustomDomain("domain", {
      accountId,
      hostname: "app.program-tests.dev",
      service: scriptName,
      zoneId,
    });
    const worker = new Worker("worker", { accountId, name: "gradual", subdomain: { enabled: true } });
    const version = new WorkerVersion("version", {
      accountId,
      workerId: worker.id,
      mainModule: "worker.js",
      compatibilityDate: "2026-01-01",
      modules: [
        {
          name: "worker.js",
          contentType: "application/javascript+module",
          contentBase64: Buffer.from("export default { fetch: () => new Response('v') }").toString("base64"),
        },
      ],
      bindings: [{ name: "MODE", type: "plain_text", text: mode }],
    });
    new WorkersDeployment("deployment", {
      accountId,
      scriptName: worker.name,
      strategy: "percentage",
      versions: [{ percentage: 100, versionId: version.id }],
    });
    return { namespaceId: namespace.id };
  }

  async function service() {
    const { organization } = world.sandbox.description.pulumi;
    const stack = new Stack("stack", {
      organizationName: organization,
      projectName: "other",
      stackName: "dev",
    });
    const of = { organization, project: stack.projectName, stack: stack.stackName };
    const settings = new DeploymentSettings("settings", {
      ...of,
      operationContext: { environmentVariables: { KEY: secret(CANARY), MODE: mode } },
    });
    const { organization: owner, project, stack: name } = settings;
    new DriftSchedule("drift", { organization: owner, project, stack: name, scheduleCron: "0 3 * * *" });
    new StackTags("tags", { ...of, tags: { mode } });
    const team = new Team("team", {
      organizationName: organization,
      teamType: "pulumi",
      name: "ops",
      // Who makes a team is in it: left out here, a refresh would find a change.
      members: ["sandbox-user"],
    });
    new TeamStackPermission("permission", {
      ...of,
      team: team.name.apply((name) => name ?? ""),
      permission: 101,
    });
    const environment = new Environment("environment", {
      organization,
      project: "other",
      name: "values",
      yaml: new StringAsset(`values: {mode: ${mode}}`),
    });
    new EnvironmentRotationSchedule("rotation", {
      organization,
      project: "other",
      environment: environment.name,
      scheduleCron: "0 3 * * *",
    });
    new EnvironmentVersionTag("tag", {
      organization,
      project: "other",
      environment: environment.name,
      tagName: "stable",
      revision: environment.revision,
    });
  }

  before(async () => {
    world = await openWorld();
    const { cloudflare, pulumi, env } = world.sandbox.description;
    accountId = cloudflare.accountId;
    const created = await fetch(`${cloudflare.url}/zones`, {
      method: "POST",
      headers: { authorization: `Bearer ${cloudflare.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "program-tests.dev", account: { id: accountId } }),
    });
    zoneId = ((await created.json()) as { result: { id: string } }).result.id;
    process.env.CLOUDFLARE_API_TOKEN = cloudflare.token; // for the stand-ins, which are in this process
    const root = join(world.folder, "program");
    mkdirSync(root);
    writeFileSync(join(root, "Pulumi.yaml"), `name: program\nruntime: nodejs\n`);
    writeFileSync(join(root, "Pulumi.dev.yaml"), "config: {}\n");
    host = await hostStack({
      project: "program",
      stack: "dev",
      organization: pulumi.organization,
      root,
      engine: enginePath(),
      env: { ...env, ...world.env, CLOUDFLARE_API_TOKEN: cloudflare.token },
      program: async () => {
        await service();
        return cloud();
      },
    });
  });
  after(async () => {
    if (token === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
    else process.env.CLOUDFLARE_API_TOKEN = token;
    await host?.close();
    await world?.close();
  });

  it("previews all of it, what binds to what is not there yet included", async () => {
    const { changes } = await host.preview();
    assert.equal(changes.create, 24);
  });

  it("makes it, the Worker has what it is bound to, and nothing is left to do", async () => {
    const { outputs } = await host.up();
    assert.match(String(outputs.namespaceId), /^[0-9a-f]{32}$/);
    const { url } = world.sandbox.description.workers;
    const answer = await fetch(new URL("/program/", url));
    assert.equal(await answer.text(), "kept first");
    assert.deepEqual((await host.preview()).changes, { same: 24 });
  });

  it("has states that the real plugin can read, and accepts earlier ones, which it could not read", async () => {
    const exported = await host.automation.exportStack();
    const old = structuredClone(exported);
    let count = 0;
    for (const { type, custom, outputs } of old.deployment.resources) {
      if (!custom || !String(type).startsWith("cloudflare:index/")) continue;
      assert.equal(outputs.__meta, '{"schema_version":"500"}', type);
      delete outputs.__meta;
      count += 1;
    }
    assert.equal(count, 14);
    await host.automation.importStack(old);
    assert.deepEqual((await host.preview()).changes, { same: 24 });
    await host.automation.importStack(exported);
  });

  it("reads it all back without a change", async () => {
    await host.automation.refresh({ expectNoChanges: true, color: "never" });
    assert.deepEqual((await host.preview()).changes, { same: 24 });
  });

  it("changes in place what can be, and replaces a version with its deployment", async () => {
    mode = "second";
    const { changes } = await host.up();
    assert.deepEqual(changes, { same: 17, update: 5, replace: 2 });
    assert.deepEqual((await host.preview()).changes, { same: 24 });
  });

  it("destroys it all", async () => {
    await host.destroy();
  });
});
