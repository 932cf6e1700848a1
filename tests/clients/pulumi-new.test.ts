import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { runCli } from "../../packages/sandbox/tests/pulumi-cli-harness.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { runProcess } from "../helpers/process.ts";
import { enginePath } from "../helpers/world.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What a checkout holds, without the tests and what they need. */
const TEMPLATE = [
  ...["index.ts", "package.json", "package-lock.json", ".gitignore"],
  ...["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml"],
  ...[
    "packages/esc/src",
    "packages/sandbox/src",
    "packages/worker-secrets/src",
    "worker",
    "docs",
    "README.md",
  ],
];

describe("a project of one's own: 'pulumi new' from a copy, then 'ws init'", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const template = join(folder, "template");
  const root = join(folder, "corner-shop");
  const home = join(folder, "home");
  let sandbox: Sandbox;
  let env: Record<string, string>;

  before(async () => {
    mkdirSync(template);
    for (const name of TEMPLATE) cpSync(join(ROOT, name), join(template, name), { recursive: true });
    await installStandIns(home);
    await installLanguageHost(home);
    sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.description.env;
    env = {
      ...clouds,
      PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
      PULUMI_HOME: home,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      NO_COLOR: "1",
    };
  });
  after(async () => {
    await sandbox?.close();
    rmSync(folder, { recursive: true, force: true });
    assertContract();
  });
  const pulumi = async (...args: string[]) => {
    const ran = await runCli({ cwd: existsSync(root) ? root : folder, env }, [...args, "--non-interactive"]);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return ran.stdout + ran.stderr;
  };

  it("gives every file as it is, under the new name", async () => {
    const name = ["--name", "corner-shop", "--description", "Of the corner shop"];
    await pulumi("new", template, ...name, "--dir", root, "--generate-only", "--yes");
    const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8"));
    assert.equal(project.name, "corner-shop");
    assert.equal(project.description, "Of the corner shop");
    assert.equal(project.template, undefined);
    assert.equal(project.runtime.options.nodeargs, "--import worker-secrets/preload");
    const { template: told } = parse(readFileSync(join(template, "Pulumi.yaml"), "utf8"));
    assert.match(told.quickstart, /npm ci[\s\S]*worker-secrets init dev/);
    const files = readdirSync(template, { recursive: true, encoding: "utf8" }).sort();
    assert.deepEqual(readdirSync(root, { recursive: true, encoding: "utf8" }).sort(), files);
    const changed = files.filter(
      (file) =>
        statSync(join(root, file)).isFile() &&
        !readFileSync(join(root, file)).equals(readFileSync(join(template, file))),
    );
    assert.deepEqual(changed, ["Pulumi.yaml"]);
  });

  it("holds no placeholder of 'pulumi new' in any file of the repository", () => {
    // They are replaced in every file, in tests too.
    const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const held = files.split("\n").filter((file) => {
      if (file === "" || !existsSync(join(ROOT, file))) return false;
      const text = readFileSync(join(ROOT, file), "utf8");
      return ["PROJECT", "DESCRIPTION"].some((word) => text.includes(`\${${word}}`));
    });
    assert.deepEqual(held, []);
  });

  it("works after 'ws init': its own Environments, stack and Worker, nothing of the old name", async () => {
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    const { CLOUDFLARE_API_TOKEN = "", CLOUDFLARE_ACCOUNT_ID = "" } = sandbox.description.env;
    const args = ["init", "dev", "--root", root, "--from-process", "--generate", "PROOF_KEY"];
    const done = await runProcess(
      process.execPath,
      [join(root, "packages/worker-secrets/src/cli/ws.mjs"), ...args, "--generate", "TOP_SECRET"],
      { ...env, CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, WORKER_SECRETS_ENGINE: enginePath() },
    ).ended;
    assert.equal(done.code, 0, done.stdout + done.stderr);
    assert.match(done.stdout, /the import of worker-secrets\/dev becomes corner-shop\/dev/);
    assert.match(done.stdout, /dev is selected now/);
    assert.deepEqual(parse(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")).environment, [
      "corner-shop/dev",
    ]);
    // The stack that init selected is the CLI's own.
    assert.match(await pulumi("stack", "ls"), /dev\*/);
    assert.match(await pulumi("up", "--yes", "--skip-preview"), /worker-secrets-sample-dev/);
    assert.match(await pulumi("preview", "--expect-no-changes"), /unchanged/);
  });
});
