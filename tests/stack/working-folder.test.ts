import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { goodCli, jsonCli } from "../../packages/sandbox/tests/pulumi-cli-harness.ts";
import { pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import { hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { tempFolder } from "../helpers/temp.ts";
import { enginePath } from "../helpers/world.ts";

const NODE_MODULES = join(import.meta.dirname, "../../node_modules");

/** Names a file by a relative path, and shows where it runs. The same text for both ways of running it. */
const PROGRAM = `const pulumi = require("@pulumi/pulumi");
const { WorkersKvNamespace } = require("@pulumi/cloudflare");
module.exports = async () => {
  new WorkersKvNamespace("kv", { accountId: process.env.ACCOUNT, title: "kv" });
  return {
    cwd: process.cwd(),
    root: pulumi.getRootDirectory(),
    note: new pulumi.asset.FileAsset("note.txt"),
    greeting: process.env.GREETING,
    size: process.env.SIZE,
    absent: process.env.ABSENT ?? "absent",
    file: require("node:fs").readFileSync(process.env.CA_FILE, "utf8"),
  };
};
`;

/** Environments by other names than the stack's. The CLI itself leaves the last of them out. */
const STACK_FILE = `# a comment
environment:
  - elsewhere/first
  - elsewhere/second
  - elsewhere/third: {merge: true}
config: {}
`;
const ENVIRONMENTS = {
  first:
    "values:\n  environmentVariables: {GREETING: first, SIZE: 3, ABSENT: [no, text]}\n  files: {CA_FILE: a certificate}\n",
  second: "values:\n  environmentVariables: {GREETING: second}\n",
  third: "values:\n  environmentVariables: {GREETING: third}\n",
};

describe("a hosted engine's folders", function () {
  this.timeout(240_000);
  const folder = tempFolder();
  const root = join(folder, "project");
  const home = join(folder, "home");
  const started = join(folder, "started");
  let sandbox: Sandbox;
  let env: Record<string, string>;
  before(async () => {
    sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
    const { cloudflare, pulumi } = sandbox.description;
    mkdirSync(join(root, "infra"), { recursive: true });
    mkdirSync(join(root, "stacks"));
    symlinkSync(NODE_MODULES, join(root, "node_modules"));
    const project = "name: shop\nruntime: nodejs\nmain: infra\nstackConfigDir: stacks\n";
    writeFileSync(join(root, "Pulumi.yaml"), project);
    writeFileSync(join(root, "package.json"), "{}");
    writeFileSync(join(root, "infra", "index.js"), PROGRAM);
    writeFileSync(join(root, "infra", "note.txt"), "from the program's own folder\n");
    writeFileSync(join(root, "stacks", "Pulumi.dev.yaml"), STACK_FILE);
    env = {
      PULUMI_BACKEND_URL: pulumi.url,
      PULUMI_ACCESS_TOKEN: pulumi.token,
      CLOUDFLARE_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: cloudflare.token,
      ACCOUNT: cloudflare.accountId,
      ...(await installStandIns(home)).env,
    };
    await installLanguageHost(home);
    const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
    for (const [name, yaml] of Object.entries(ENVIRONMENTS)) {
      await client.createEnvironment(`elsewhere/${name}`);
      await client.updateEnvironment(`elsewhere/${name}`, yaml);
    }
    // Each plugin notes where the engine started it.
    const plugin = readdirSync(join(home, "plugins")).find((name) => name.startsWith("resource-cloudflare-"));
    const script = join(home, "plugins", plugin ?? "", "pulumi-resource-cloudflare");
    const text = readFileSync(script, "utf8");
    writeFileSync(
      script,
      text.replace(/\n(?=(?:NODE_COMPILE_CACHE='[^']*' )?exec )/, `\npwd >> '${started}'\n`),
    );
  });
  after(async () => {
    await sandbox?.close();
    assertContract();
  });

  const cli = (more: Readonly<Record<string, string>> = {}) => ({
    cwd: root,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
      HOME: folder,
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...env,
      ...more,
    },
  });
  const plugins = () => [...new Set(readFileSync(started, "utf8").trim().split("\n"))];
  /** Every file of the project and of the user's Pulumi home, but for plugins. */
  const files = () =>
    [root, home].flatMap((place) =>
      readdirSync(place, { recursive: true, withFileTypes: true, encoding: "utf8" }).flatMap((entry) => {
        const path = join(entry.parentPath, entry.name);
        const kept = entry.isFile() && !/\/(plugins|node_modules|logs)\//.test(path);
        return kept ? [[path, readFileSync(path, "utf8")]] : [];
      }),
    );
  const hosts = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`worker-secrets-host-${process.pid}-`));

  it("are those of 'pulumi up', and its plugins are the user's; selection and stack file stay", async () => {
    await goodCli(cli(), ["stack", "init", "dev", "--non-interactive"]);
    await goodCli(cli(), ["up", "--yes", "--skip-preview", "--non-interactive"]);
    const real = await jsonCli<Record<string, unknown>>(cli(), ["stack", "output", "--json"]);
    assert.equal(real.cwd, join(root, "infra"));
    const { greeting, size, absent, file } = real;
    assert.deepEqual([greeting, size, absent, file], ["second", "3", "absent", "a certificate"]);
    assert.deepEqual(plugins(), [join(root, "infra")]);
    await goodCli(cli(), ["stack", "init", "other", "--non-interactive"]);

    const before = files();
    const others = hosts();
    const here = process.cwd();
    writeFileSync(started, "");
    const hosted = await hostStack({
      project: "shop",
      stack: "dev",
      organization: sandbox.description.pulumi.organization,
      root,
      engine: enginePath(),
      env,
      pulumiHome: home,
      program: async () => {
        process.env.ACCOUNT = env.ACCOUNT;
        return createRequire(join(root, "infra", "index.js"))("./index.js")();
      },
    });
    const { outputs, changes } = await hosted.up();
    await hosted.close();
    assert.deepEqual(outputs, real);
    assert.deepEqual(changes, { same: 2 });
    assert.deepEqual(plugins(), [join(root, "infra")]);
    assert.deepEqual(files(), before);
    assert.deepEqual(hosts(), others);
    assert.equal(process.cwd(), here);
  });

  it("leave selection and stack file as they are on a file backend too", async () => {
    const state = join(folder, "state");
    mkdirSync(state);
    const local = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "canary" };
    for (const stack of ["one", "two"])
      await goodCli(cli(local), ["stack", "init", stack, "--non-interactive"]);
    const before = files();
    const hosted = await hostStack({
      project: "shop",
      stack: "one",
      organization: "organization",
      root,
      engine: enginePath(),
      env: { ...env, ...local },
      pulumiHome: home,
      program: async () => ({ done: true }),
    });
    await hosted.up();
    await hosted.destroy();
    await hosted.close();
    assert.deepEqual(files(), before);
  });
});
