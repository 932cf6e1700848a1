import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { buildPackages } from "../../tools/packages/build.ts";
import { installPackages } from "../helpers/packed.ts";
import { tempFolder } from "../helpers/temp.ts";
import { enginePath } from "../helpers/world.ts";
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
export const bucket = new cloudflare.R2Bucket("files", { accountId, name: "files" }, { provider }).name;
`;

/** As 'pulumi new typescript' writes it. */
const COMMONJS = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
  ignoreDeprecations: "6.0",
};
const ESM = { ...COMMONJS, module: "nodenext", moduleResolution: "nodenext", ignoreDeprecations: undefined };

const WORKER = `export default { fetch: () => new Response("hello") };\n`;

for (const [kind, type, compilerOptions] of [
  ["CommonJS", undefined, COMMONJS],
  ["ESM", "module", ESM],
] as const) {
  describe(`a program that exists already, ${kind}, with the published packages`, () => {
    const folder = tempFolder();
    let project: CliProject;

    before(async function () {
      this.timeout(600_000); // builds the packages
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
        installPackages(root, buildPackages(folder));
      });
      const { accountId, token } = project.sandbox.description.cloudflare;
      Object.assign(project.place.env, { THEIR_TOKEN: token });
      writeFileSync(
        join(project.place.cwd, "Pulumi.dev.yaml"),
        JSON.stringify({
          environment: [`${project.name}/dev`],
          config: {
            [`${project.name}:theirAccount`]: accountId,
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
      const definition = defineEnvironment({
        names: environmentNames(project.name, "dev"),
        scripts: ["api-dev"],
      });
      await project.client.updateEnvironment(`${project.name}/dev`, definition.yaml);
      await project.good("stack", "init", "dev");
    });
    after(() => project?.close());

    it("is stopped by name where it passes a secret that the config does not declare", async () => {
      const file = join(project.place.cwd, "index.ts");
      writeFileSync(file, THEIRS + ADDED.replace("DATABASE_URL:", "QUEUE_URL:"));
      const { code, text } = await project.pulumi(["preview"]);
      assert.notEqual(code, 0);
      assert.equal(text.match(/2 problems found/g)?.length, 1, text);
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
      assert.equal(outputs.bucket, "files");
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
      const ws = (...args: string[]) =>
        exec(
          process.execPath,
          [join(project.place.cwd, "node_modules/worker-secrets/dist/cli/ws.mjs"), ...args],
          {
            cwd: project.place.cwd,
            env: { ...project.place.env, WORKER_SECRETS_ENGINE: enginePath() },
          },
        );
      const { stdout } = await ws("rotate", "API_KEY", "--generate", "--stack", "dev");
      assert.match(stdout, /API_KEY/);
      await ws("drift", "--stack", "dev");
      assert.match(await project.good("up", "--yes", "--expect-no-changes"), /unchanged/);
    });

    it("fails where a Worker of the plan is not constructed, and deletes nothing", async () => {
      writeFileSync(join(project.place.cwd, "index.ts"), THEIRS + ADDED.split("\n").slice(0, 3).join("\n"));
      const { code, text } = await project.pulumi(["up", "--yes", "--skip-preview"]);
      assert.notEqual(code, 0);
      assert.match(text, /the program does not construct it/);
      assert.doesNotMatch(text, /deleted/);
    });
  });
}
