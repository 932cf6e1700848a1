import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { runCli } from "../../packages/sandbox/tests/pulumi-cli-harness.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { builtPackages } from "../helpers/built-packages.ts";
import { type Registry, startRegistry } from "../helpers/registry.ts";
import { tempFolder } from "../helpers/temp.ts";
import { enginePath } from "../helpers/world.ts";

const exec = promisify(execFile);

describe("a new project, by real npm from a registry", function () {
  this.timeout(600_000); // builds the packages, and installs a project's dependencies
  const folder = tempFolder();
  const shop = join(folder, "shop");
  const cornerShop = join(folder, "corner-shop");
  let registry: Registry;
  let sandbox: Sandbox;
  let env: Record<string, string>;

  before(async () => {
    registry = await startRegistry(await builtPackages());
    const home = join(folder, "home");
    await installStandIns(home);
    await installLanguageHost(home);
    sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.description.env;
    env = {
      ...registry.env,
      ...clouds,
      PULUMI_HOME: home,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      WORKER_SECRETS_ENGINE: enginePath(),
      NO_COLOR: "1",
    };
  });
  after(async () => {
    await sandbox?.close();
    await registry?.close();
    assertContract();
  });

  /** A command of npm's; gives what it printed. A project has its own cloud: the sandbox's variables are for `pulumi` and `init`. */
  const npm = async (cwd: string, ...args: string[]) => {
    const { WORKER_SECRETS_ENGINE = "" } = env;
    const options = { cwd, env: { ...process.env, ...registry.env, WORKER_SECRETS_ENGINE } };
    const ran = await exec("npm", args, { ...options, shell: process.platform === "win32" }).catch(
      (error: { stdout: string; stderr: string }) => assert.fail(error.stdout + error.stderr),
    );
    return ran.stdout;
  };
  const pulumi = async (cwd: string, ...args: string[]) => {
    const ran = await runCli({ cwd, env }, [...args, "--non-interactive"]);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return ran.stdout + ran.stderr;
  };
  const init = async (cwd: string) => {
    const { CLOUDFLARE_API_TOKEN = "", CLOUDFLARE_ACCOUNT_ID = "" } = sandbox.description.env;
    const given = ["--from-process", "--generate", "PROOF_KEY", "--generate", "TOP_SECRET"];
    await exec(
      process.execPath,
      [join(cwd, "node_modules/worker-secrets/dist/cli/ws.mjs"), "init", "dev", ...given],
      {
        cwd,
        env: { ...process.env, ...env, CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID },
      },
    );
  };
  const contents = (root: string) =>
    globSync("**/*", { cwd: root, exclude: ["node_modules"] })
      .concat(globSync("**/.*", { cwd: root, exclude: ["node_modules"] }))
      .filter((file) => statSync(join(root, file)).isFile());

  it("is made by npm create: at most 15 files and 500 lines, and says what comes next", async () => {
    const said = await npm(folder, "create", "--yes", "worker-secrets@latest", "shop");
    assert.match(said, /Created the project shop: \d+ files/);
    for (const next of ["cd shop", "npm install", "npm test", "npx worker-secrets init dev"])
      assert.ok(said.includes(`  ${next}`), said);
    const files = contents(shop);
    assert.ok(files.includes(".gitignore"));
    assert.ok(files.length <= 15, files.join());
    const lines = files.map((file) => readFileSync(join(shop, file), "utf8").split("\n").length - 1);
    assert.ok(lines.reduce((sum, count) => sum + count, 0) <= 500);
  });

  it("is not made where something is", async () => {
    const program = join(shop, "index.ts");
    writeFileSync(program, `${readFileSync(program, "utf8")}// mine\n`);
    await assert.rejects(
      npm(folder, "create", "--yes", "worker-secrets@latest", "shop"),
      /not empty .*Nothing was written/,
    );
    assert.match(readFileSync(program, "utf8"), /\/\/ mine\n$/);
  });

  it("installs, by a lock file and by npm ci, with no second SDK", async () => {
    await npm(shop, "install", "--package-lock-only");
    await npm(shop, "ci");
    const copies = globSync("node_modules/**/@pulumi/pulumi/package.json", { cwd: shop });
    assert.deepEqual(copies, ["node_modules/@pulumi/pulumi/package.json"]);
    await npm(shop, "run", "types");
  });

  it("passes its own tests, with mocks and on the sandbox", async () => {
    assert.match(await npm(shop, "test"), /2 passing/);
  });

  it("gives the tour", async () => {
    const said = await npm(shop, "start", "--", "--once", "--port", "0");
    assert.match(said, /nothing left to do/);
  });

  it("comes up through the language host", async () => {
    await init(shop);
    assert.match(await pulumi(shop, "up", "--yes", "--skip-preview"), /WorkersScript shop created/);
    assert.match(await pulumi(shop, "preview", "--expect-no-changes"), /unchanged/);
  });

  it("is made by 'pulumi new' as well, and does not collide with the first", async () => {
    const template = join(folder, "template");
    await npm(folder, "create", "--yes", "worker-secrets@latest", template, "--", "--pulumi-template");
    const name = ["--name", "corner-shop", "--description", "Of the corner shop"];
    await pulumi(folder, "new", template, ...name, "--dir", cornerShop, "--generate-only", "--yes");
    const {
      name: project,
      description,
      template: section,
    } = parse(readFileSync(join(cornerShop, "Pulumi.yaml"), "utf8"));
    assert.deepEqual([project, description, section], ["corner-shop", "Of the corner shop", undefined]);
    assert.deepEqual(contents(cornerShop).sort(), contents(template).sort());
    for (const file of contents(cornerShop))
      assert.doesNotMatch(readFileSync(join(cornerShop, file), "utf8"), /\$\{(PROJECT|DESCRIPTION)\}/, file);
    symlinkSync(join(shop, "node_modules"), join(cornerShop, "node_modules"));
    await init(cornerShop);
    const stackFile = readFileSync(join(cornerShop, "Pulumi.dev.yaml"), "utf8");
    assert.deepEqual(parse(stackFile).environment, ["corner-shop/dev"]);
    await pulumi(cornerShop, "up", "--yes", "--skip-preview");
    assert.match(await pulumi(shop, "preview", "--stack", "dev", "--expect-no-changes"), /unchanged/);
    const { url } = sandbox.description.workers;
    for (const script of ["shop-dev", "corner-shop-dev"])
      assert.equal((await fetch(`${url}/${script}/proof`)).status, 200, script);
  });
});
