import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import {
  deployVariables,
  initEnvironments,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { builtPackages } from "../helpers/built-packages.ts";
import { installPackages } from "../helpers/packed.ts";
import { enginePath } from "../helpers/world.ts";
import { MODULE_SYSTEMS } from "./existing-project.ts";
import { type CliProject, openCliProject } from "./pulumi-cli-project.ts";

const exec = promisify(execFile);

/** What a user adds to a program that has a bucket, with a provider of its own: the bucket's name makes a secret and is a binding. */
const PASSED = "canary-of-an-output";
const ADDED = `
const plan = ws.plan();
const environment = new ws.StackEnvironment("environment", { plan });
const secrets = { DATABASE_URL: pulumi.interpolate\`postgres://\${bucket}:${PASSED}@db.example\` };
const api = new ws.SecretWorker("api", { plan, secrets, bindings: { FILES: bucket } }, { dependsOn: environment });
export const url = api.summary.apply((summary) => summary.url);
`;

const THEIRS = `import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import * as ws from "worker-secrets";

const provider = new cloudflare.Provider("own", { apiToken: process.env.THEIR_TOKEN ?? "", baseUrl: process.env.CLOUDFLARE_BASE_URL ?? "" });
const accountId = new pulumi.Config().require("theirAccount");
export const bucket = new cloudflare.R2Bucket("files", { accountId, name: "files-" + pulumi.getStack() }, { provider }).name;
`;

const WORKER = `export default { fetch: () => new Response("hello") };\n`;

for (const { kind, type, compilerOptions } of MODULE_SYSTEMS) {
  describe(`a program that exists already, ${kind}, with the published packages`, () => {
    let project: CliProject;

    before(async function () {
      this.timeout(600_000); // builds the packages
      const built = await builtPackages();
      project = await openCliProject({ API_KEY: "canary-of-an-existing-program" }, (root, name) => {
        const write = (file: string, content: unknown) =>
          writeFileSync(join(root, file), typeof content === "string" ? content : JSON.stringify(content));
        mkdirSync(join(root, "api"), { recursive: true });
        write("api/index.js", WORKER);
        write("api/wrangler.json", {
          name: "api",
          main: "index.js",
          compatibility_date: "2026-10-01",
          secrets: { required: ["API_KEY", "DATABASE_URL"] },
          r2_buckets: [{ binding: "FILES" }],
        });
        write("Pulumi.yaml", { name, runtime: "nodejs" });
        write("package.json", { name: "theirs", ...(type === undefined ? {} : { type }) });
        write("tsconfig.json", { compilerOptions, files: ["index.ts"] });
        write("index.ts", THEIRS + ADDED);
        installPackages(root, built);
      });
      Object.assign(project.place.env, { THEIR_TOKEN: project.sandbox.description.cloudflare.token });
      writeStack("dev");
      const definition = defineEnvironment({
        names: environmentNames(project.name, "dev"),
        scripts: ["api-dev"],
      });
      await project.client.updateEnvironment(`${project.name}/dev`, definition.yaml);
      await project.good("stack", "init", "dev");
    });
    after(() => project?.close());

    const writeStack = (stack: string) =>
      writeFileSync(
        join(project.place.cwd, `Pulumi.${stack}.yaml`),
        stringify({
          environment: [`${project.name}/${stack}`],
          config: {
            [`${project.name}:theirAccount`]: project.sandbox.description.cloudflare.accountId,
            "worker-secrets:workers": [
              {
                directory: "api",
                programSecrets: ["DATABASE_URL"],
                resources: { FILES: { program: true } },
              },
            ],
          },
        }),
      );
    const ws = async (...args: string[]) => {
      const command = join(project.place.cwd, "node_modules/worker-secrets/dist/cli/ws.mjs");
      const env = { ...project.place.env, WORKER_SECRETS_ENGINE: enginePath() };
      return exec(process.execPath, [command, ...args], { cwd: project.place.cwd, env }).catch(
        (error: unknown) => assert.fail(`${args.join(" ")}: ${Object(error).stdout}${Object(error).stderr}`),
      );
    };
    /** Names of the scripts or the buckets in the account. */
    const onAccount = async (path: "workers/scripts" | "r2/buckets") => {
      const { url, accountId, token } = project.sandbox.description.cloudflare;
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`${url}/accounts/${accountId}/${path}`, { headers })).text();
    };

    it("is stopped by name where it passes a secret that the config does not declare", async () => {
      const file = join(project.place.cwd, "index.ts");
      writeFileSync(file, THEIRS + ADDED.replace("DATABASE_URL:", "QUEUE_URL:"));
      const { code, text } = await project.pulumi(["preview"]);
      assert.notEqual(code, 0);
      // The progress may show a message's first line as well.
      assert.equal(text.split("Diagnostics:")[1]?.match(/2 problems found/g)?.length, 1, text);
      assert.match(text, /programSecrets lists 'DATABASE_URL', and the program passes no value for it/);
      assert.match(text, /programSecrets: \[DATABASE_URL, QUEUE_URL\]/);
      assert.doesNotMatch(text, /WorkersScript/);
      writeFileSync(file, THEIRS + ADDED);
    });

    it("comes up with its own outputs as a secret and a binding, and a second up changes nothing", async () => {
      const text = await project.good("up", "--yes");
      assert.match(text, /cloudflare:index:WorkersScript api created/);
      assert.match(text, /cloudflare:index:R2Bucket files created/);
      assert.match(await project.good("up", "--yes", "--expect-no-changes"), /unchanged/);
      const outputs = JSON.parse(await project.good("stack", "output", "--json"));
      assert.equal(outputs.bucket, "files-dev");
      assert.match(outputs.url, /^https:\/\/api-dev\./);
      const state = JSON.stringify(await project.client.exportStack(project.name, "dev"));
      assert.match(state, /DATABASE_URL/);
      assert.ok(!state.includes(PASSED) && !text.includes(PASSED));
    });

    it("has the guards: a secret that somebody else put on the Worker stops the preview by its name", async () => {
      const { url, accountId, token } = project.sandbox.description.cloudflare;
      const address = `${url}/accounts/${accountId}/workers/scripts/api-dev/secrets`;
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const body = JSON.stringify({ name: "THEIRS", text: "canary-of-somebody", type: "secret_text" });
      assert.equal((await fetch(address, { method: "PUT", headers, body })).status, 200);
      const { code, text } = await project.pulumi(["preview"]);
      assert.notEqual(code, 0);
      assert.match(text, /THEIRS/);
      assert.equal((await fetch(`${address}/THEIRS`, { method: "DELETE", headers })).status, 200);
    });

    it("is what the commands run: rotate deploys a new value, and drift finds none", async () => {
      const { stdout } = await ws("rotate", "API_KEY", "--generate", "--stack", "dev");
      assert.match(stdout, /API_KEY/);
      await ws("drift", "--stack", "dev");
      assert.match(await project.good("up", "--yes", "--expect-no-changes"), /unchanged/);
    });

    it("goes back to the upload before by rollback, and to a second stack by promote", async () => {
      const { stdout } = await ws("rollback", "--stack", "dev", "--yes", "--json");
      assert.equal(JSON.parse(stdout).deployed, true);
      const { client, sandbox, name } = project;
      writeStack("prod");
      await initEnvironments({
        client,
        names: environmentNames(name, "prod"),
        cloudflare: deployVariables(sandbox.description.cloudflare),
        secrets: [{ name: "API_KEY", value: "canary-of-a-second-stack", secret: true }],
        definition: defineEnvironment({ names: environmentNames(name, "prod") }),
        onStep: () => undefined,
      });
      await client.createStack(name, "prod");
      const promoted = await ws("promote", "dev", "prod", "--yes", "--json");
      assert.equal(JSON.parse(promoted.stdout).deployed, true);
      assert.match(await onAccount("workers/scripts"), /"api-prod"/);
      assert.match(await onAccount("r2/buckets"), /"files-prod"/);
    });

    it("fails where a Worker of the plan is not constructed, and deletes nothing", async () => {
      writeFileSync(join(project.place.cwd, "index.ts"), THEIRS + ADDED.split("\n").slice(0, 3).join("\n"));
      const { code, text } = await project.pulumi(["up", "--yes", "--skip-preview"]);
      assert.notEqual(code, 0);
      assert.match(text, /the program does not construct it/);
      assert.doesNotMatch(text, /deleted|^\s+at .*:\d+:\d+/m);
      writeFileSync(join(project.place.cwd, "index.ts"), THEIRS + ADDED);
    });

    for (const [what, args] of [
      ["nothing", ""],
      ["no plan", ", {} as any"],
      ["what only looks like a plan", ", { plan: { workers: ['api'] } as any }"],
    ])
      it(`constructs nothing of ours from ${what}: it says so, and deletes nothing`, async () => {
        const file = join(project.place.cwd, "index.ts");
        writeFileSync(file, `${THEIRS}new (ws.StackEnvironment as any)("environment"${args});\n`);
        const env = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
        const { code, text } = await project.pulumi(["up", "--yes", "--skip-preview"], env);
        assert.notEqual(code, 0);
        assert.match(text, /StackEnvironment and SecretWorker take a plan/);
        assert.doesNotMatch(text, /deleted|^\s+at .*:\d+:\d+/m);
        writeFileSync(file, THEIRS + ADDED);
      });

    // Pulumi's runner type-checks CommonJS programs; of an ESM one it only strips the types.
    if (kind === "CommonJS")
      it("is refused by the compiler where the plan is none", async () => {
        const file = join(project.place.cwd, "index.ts");
        writeFileSync(file, `${THEIRS}new ws.SecretWorker("api", { plan: { workers: ["api"] } });\n`);
        const { code, text } = await project.pulumi(["preview"]);
        assert.notEqual(code, 0);
        assert.match(text, /is not assignable to type 'Plan/);
        writeFileSync(file, THEIRS + ADDED);
      });

    it("keeps the bucket in a teardown", async () => {
      const { stdout } = await ws("teardown", "--stack", "prod", "--yes", "prod");
      assert.match(stdout, /stay, because the program declares more: .*R2Bucket files/);
      assert.doesNotMatch(await onAccount("workers/scripts"), /"api-prod"/);
      assert.match(await onAccount("r2/buckets"), /"files-prod"/);
    });
  });
}
