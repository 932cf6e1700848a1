import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectTemplate } from "../../../tools/packages/template.ts";
import { projectFiles, pulumiTemplateFiles } from "../src/template.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

describe("the template of new projects", () => {
  const template = projectTemplate(read);
  const files = projectFiles(template, "Corner_Shop");

  it("is what a user can own: at most 15 files and 500 lines", () => {
    const lines = Object.values(files).reduce((sum, text) => sum + text.split("\n").length - 1, 0);
    assert.ok(Object.keys(files).length <= 15, Object.keys(files).join());
    assert.ok(lines <= 500, `${lines} lines`);
  });

  it("has every file of the example's Worker", () => {
    const worker = globSync("worker/**/*.*", { cwd: ROOT }).filter((file) => !file.includes(".wrangler"));
    assert.deepEqual(
      worker.filter((file) => !(file in template)),
      [],
    );
  });

  it("has the example's program, tests and Worker, to the letter", () => {
    for (const file of [
      "index.ts",
      "tests/stack.test.ts",
      ".gitignore",
      "worker/src/index.ts",
      "worker/src/proof.ts",
    ])
      assert.equal(files[file], read(file), file);
  });

  it("names the project where Pulumi reads it, and what npm and Cloudflare take as a name elsewhere", () => {
    assert.equal(parse(files["Pulumi.yaml"] ?? "").name, "Corner_Shop");
    assert.deepEqual(parse(files["Pulumi.dev.yaml"] ?? "").environment, ["Corner_Shop/dev"]);
    const { environment, config } = parse(files["Pulumi.prod.yaml"] ?? "");
    assert.deepEqual([environment, config["worker-secrets:promoteFrom"]], [["Corner_Shop/prod"], "dev"]);
    assert.equal(JSON.parse(files["package.json"] ?? "").name, "corner-shop");
    assert.match(files["worker/wrangler.jsonc"] ?? "", /"name": "corner-shop"/);
    const all = Object.values(files).join("");
    for (const foreign of ["worker-secrets-sample", "$" + "{PROJECT}", "$" + "{DESCRIPTION}", "staging"])
      assert.ok(!all.includes(foreign), foreign);
  });

  it("takes every version from the repository's manifest", () => {
    const { dependencies, devDependencies } = JSON.parse(files["package.json"] ?? "");
    const ours = JSON.parse(read("package.json"));
    const known = { ...ours.dependencies, ...ours.devDependencies };
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies }))
      assert.equal(range, name.includes("worker-secrets") ? `^${known[name]}` : known[name], name);
    const peers = JSON.parse(read("packages/worker-secrets/package.json"));
    for (const name of Object.keys(peers.peerDependencies))
      assert.ok(
        name in dependencies || name in devDependencies || peers.peerDependenciesMeta[name]?.optional,
        name,
      );
  });

  it("differs for 'pulumi new' by the section that it reads, and keeps what it replaces", () => {
    const forPulumi = pulumiTemplateFiles(template);
    assert.deepEqual(Object.keys(forPulumi), Object.keys(template));
    const { name, template: section } = parse(forPulumi["Pulumi.yaml"] ?? "");
    assert.equal(name, "$" + "{PROJECT}");
    assert.match(section.quickstart, /npx worker-secrets init dev/);
    assert.deepEqual(parse(forPulumi["Pulumi.dev.yaml"] ?? "").environment, ["PROJECT/dev"]);
  });

  for (const [file, anchor] of [
    ["Pulumi.yaml", "name: worker-secrets"],
    ["Pulumi.dev.yaml", "worker-secrets/dev"],
    ["worker/wrangler.jsonc", "worker-secrets-sample"],
  ] as const)
    it(`is not made from a ${file} without ${anchor}`, () => {
      const changed = (name: string) => (name === file ? read(name).replaceAll(anchor, "other") : read(name));
      assert.throws(() => projectTemplate(changed), new RegExp(`${file.replace(".", "[.]")} has no`));
    });
});
