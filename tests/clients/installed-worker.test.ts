import assert from "node:assert/strict";
import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readInstallation } from "../../tools/install/figures.ts";
import { type Machine, openMachine, type Project } from "./machine.ts";
import { readPage } from "./page.ts";
import { NEWEST } from "./ranges.ts";

const PAGE = readPage("worker-only.md");
const [INSTALL = "", SANDBOX = "", ADOPT = "", DEPLOY = ""] = PAGE.commands;
const SECRET = "canary-of-a-repository-with-a-worker";
const CONFIG = `{
  "name": "shop",
  "main": "src/index.ts",
  "compatibility_date": "2026-10-01"
}
`;

/** Of what this repository names for its own development, what a user's SDKs and wrangler, or our packages, need to run. */
const NEEDED = [
  "@grpc/grpc-js",
  "@types/node",
  "@types/semver",
  "dotenv",
  "esbuild",
  "google-protobuf",
  "miniflare",
  "typescript",
  "valibot",
  "wrangler",
  "yaml",
];

/** Each step goes on where the one before it ended, as on the page. */
describe("a repository with a Worker at its root, the newest SDKs, and our packages from a registry", function () {
  this.timeout(300_000); // installs
  let machine: Machine;
  let project: Project;
  const files = () =>
    globSync("**/*", {
      cwd: project.folder,
      exclude: ["node_modules", ".wrangler", "**/.wrangler"],
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(project.folder.length + 1))
      .sort();
  const read = (file: string) => readFileSync(join(project.folder, file), "utf8");

  before(async () => {
    machine = await openMachine();
    project = machine.project("worker", {
      "package.json": {
        name: "shop",
        private: true,
        devDependencies: { wrangler: NEWEST.wrangler, typescript: NEWEST.typescript },
      },
      "wrangler.jsonc": CONFIG,
      "src/index.ts":
        "export default { fetch: (_: Request, env: { API_KEY: string }) => Response.json(env.API_KEY.length) };\n",
    });
    await project.good("npm install --silent");
    await project.good(`printf %s ${SECRET} | npx wrangler secret put API_KEY; npx wrangler deploy`);
  });
  after(() => machine?.close());

  it("installs what the page says: one SDK, no tool of ours, no Node, no sandbox", async () => {
    const versions: Readonly<Record<string, string>> = NEWEST;
    await project.good(INSTALL.replace(/(?<= )@pulumi\/\w+/g, (name) => `${name}@${versions[name]}`));
    const { packages } = readInstallation(project.folder);
    for (const name of [
      "worker-secrets",
      "@worker-secrets/esc",
      "@pulumi/pulumi",
      "@pulumi/cloudflare",
      "wrangler",
    ])
      assert.equal(packages.get(name)?.length, 1, name);
    const ours = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    const named = Object.keys(ours.devDependencies).filter((name) => packages.has(name));
    assert.deepEqual(named.sort(), NEEDED);
    assert.equal(packages.has("node"), false);
  });

  it("says in words that the sandbox is missing, and how to install it", async () => {
    PAGE.write(project.folder);
    const text = await project.refused("cd infra; npx worker-secrets tour --once");
    assert.match(text, /the package @worker-secrets\/sandbox is not installed/);
    assert.match(text, /npm install --save-dev @worker-secrets\/sandbox/);
    assert.doesNotMatch(text, /ERR_MODULE_NOT_FOUND/);
    await project.good(SANDBOX);
    assert.equal(readInstallation(project.folder).packages.get("@pulumi/pulumi")?.length, 1);
  });

  it("takes the Worker over by the page's files and commands, and no others", async () => {
    const required = /"secrets": \{[^\n]+\}/.exec(
      readFileSync(join(import.meta.dirname, "../../docs/worker-only.md"), "utf8"),
    );
    project.write("wrangler.jsonc", CONFIG.replace('"main"', `${required},\n  "main"`));
    const adopted = await project.good(ADOPT, { API_KEY: SECRET });
    assert.doesNotMatch(adopted, new RegExp(SECRET));
    const deployed = await project.good(DEPLOY);
    assert.match(deployed, /WorkersScript shop created/);
    assert.doesNotMatch(deployed, /delet|replac/i);
    await project.good("cd infra; pulumi up --yes --stack dev --expect-no-changes");
    const { url } = machine.sandbox.description.workers;
    assert.equal(await (await fetch(`${url}/shop/`)).json(), SECRET.length);
    assert.deepEqual(
      files().filter((file) => file.startsWith("infra/")),
      [...PAGE.files.keys(), "infra/Pulumi.dev.yaml"].sort(),
    );
  });

  it("type-checks the page's program with the newest TypeScript", async () => {
    project.write("tsconfig.types.json", {
      compilerOptions: { strict: true, target: "es2022", module: "nodenext", noEmit: true, types: [] },
      files: ["infra/index.ts"],
    });
    await project.good("npx tsc -p tsconfig.types.json");
  });

  it("updates to the next version by npm alone: nothing to merge, nothing to deploy", async () => {
    const owned = Object.fromEntries(files().map((file) => [file, read(file)]));
    for (const [name, from] of machine.built)
      await machine.registry.publish(nextVersion(machine, name, from));
    await project.good("npm update worker-secrets @worker-secrets/sandbox");
    const version = JSON.parse(read("node_modules/worker-secrets/package.json")).version;
    assert.equal(version, "0.1.1");
    await project.good("cd infra; pulumi preview --stack dev --expect-no-changes");
    for (const file of files())
      if (!/^package(-lock)?\.json$/.test(file)) assert.equal(read(file), owned[file], file);
  });

  it("names the new key where a version has renamed one", async () => {
    const file = "infra/Pulumi.dev.yaml";
    const config = read(file);
    assert.ok(parse(config).config["worker-secrets:workers"]);
    project.write(file, config.replace("worker-secrets:workers", "shop:workers"));
    assert.match(
      await project.refused("cd infra; pulumi preview --stack dev"),
      /called worker-secrets:workers now/,
    );
    assert.match(
      await project.refused("cd infra; npx worker-secrets drift --stack dev"),
      /called worker-secrets:workers now/,
    );
    project.write(file, config);
  });
});

/** The same package as the version after it. */
function nextVersion(machine: Machine, name: string, from: string): string {
  const to = join(machine.folder, "next", name);
  cpSync(from, to, { recursive: true });
  const file = join(to, "package.json");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll('"0.1.0"', '"0.1.1"'));
  return to;
}
