import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { hostedProgram, projectProgram } from "../../src/cli/engine/project-program.ts";
import { projectRoot } from "../../src/cli/project/root.ts";

const HERE = join(import.meta.dirname, "../../../..");

describe("the program of a project's folder (--root)", () => {
  const folder = tempFolder();
  const project = (name: string, program?: string) => {
    const root = join(folder, name);
    mkdirSync(root);
    writeFileSync(join(root, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
    writeFileSync(join(root, "package.json"), '{"type": "module"}\n');
    if (program !== undefined) writeFileSync(join(root, "index.ts"), program);
    return root;
  };
  const OWN = "export default async () => ({ own: true });\n";

  it("is its own", async () => {
    const root = project("own", OWN);
    symlinkSync(join(HERE, "node_modules"), join(root, "node_modules"));
    assert.equal(projectRoot(root), root);
    assert.deepEqual(await projectProgram(root, undefined)?.(), { own: true });
  });

  it("is the one that 'main' names, and nothing else where there is none", async () => {
    const root = project("elsewhere", "throw new Error('not the program');\n");
    symlinkSync(join(HERE, "node_modules"), join(root, "node_modules"));
    mkdirSync(join(root, "infra"));
    writeFileSync(join(root, "infra", "index.ts"), OWN);
    writeFileSync(join(root, "infra", "other.ts"), OWN.replace("true", "'other'"));
    for (const [main, own] of [
      ["infra", true],
      ["infra/other.ts", "other"],
    ] as const)
      assert.deepEqual(await projectProgram(root, main)?.(), { own });
    await assert.rejects(
      async () => projectProgram(root, "missing")?.(),
      /main: there is no program at missing/,
    );
  });

  it("is the engine's to start where its resources are at the top level, or not in an ES module", () => {
    const top = project("top", "export const own = true;\n");
    assert.equal(projectProgram(top, undefined), undefined);
    const common = project("common", "export const own = true;\n");
    writeFileSync(join(common, "package.json"), "{}\n");
    assert.equal(projectProgram(common, undefined), undefined);
  });

  it("is the engine's to start, or refused by name, where one in this process could not be guarded", () => {
    const guard = { kind: "unknown-sdk", what: "errors.js: isGrpcError" } as const;
    const root = project("unguarded", OWN);
    assert.equal(typeof hostedProgram(root, undefined, { kind: "guarded" }), "function");
    assert.equal(hostedProgram(root, undefined, guard), undefined);
    const refusal =
      /this version is not as expected \(errors\.js: isGrpcError\), so no program can run in this process/;
    assert.throws(() => hostedProgram(project("without-file"), undefined, guard), refusal);
    assert.throws(() => hostedProgram(root, undefined, guard, async () => ({})), refusal);
  });

  it("is refused where 'pulumi up' would not call it, in each spelling", async function () {
    this.timeout(240_000); // each command is a process
    const program = (text: string, type: string, file = "index.ts", main = "") => {
      const root = join(folder, `called-${++count}`);
      mkdirSync(join(root, "infra"), { recursive: true });
      symlinkSync(join(HERE, "node_modules"), join(root, "node_modules"));
      writeFileSync(join(root, "Pulumi.yaml"), `name: called\nruntime: nodejs\n${main}`);
      writeFileSync(join(root, "package.json"), type);
      writeFileSync(join(root, file), text);
      return root;
    };
    let count = 0;
    const refused = /its default export is never called: without "type": "module" in package\.json/;
    const uncalled = [
      "export default async () => ({});\n",
      "export default async function main() {}\n",
      "const main = async () => ({});\nexport { main as default };\n",
      "export const url = 1;\nexport default () => ({});\n",
    ];
    for (const text of uncalled) {
      for (const type of ["{}", '{"type": "commonjs"}'])
        assert.throws(() => projectRoot(program(text, type)), refused, text);
      const root = program(text, '{"type": "module"}');
      assert.equal(projectRoot(root), root);
    }
    assert.throws(
      () => projectRoot(program("exports.default = async () => ({});\n", '{"main": "out.js"}', "out.js")),
      refused,
    );
    for (const main of ["main: infra\n", "main: infra/index.ts\n"])
      assert.throws(() => projectRoot(program(uncalled[0] ?? "", "{}", "infra/index.ts", main)), refused);
    const called = [
      "export const url = 1;\n",
      "export = async () => ({});\n",
      "module.exports = async () => ({});\n",
      "// export default async () => ({})\nexport const kind = 'default';\n",
      "export default { url: 1 };\n",
    ];
    for (const text of called) {
      const root = program(text, "{}");
      assert.equal(projectRoot(root), root, text);
    }
    const root = program(uncalled[0] ?? "", "{}");
    for (const command of [
      "init",
      "adopt x",
      "dev",
      "doctor",
      "drift",
      "promote a b",
      "rollback",
      "rotate X",
      "teardown",
    ]) {
      const { code, stderr } = await runNode([
        join(HERE, "packages/worker-secrets/src/cli/ws.ts"),
        ...command.split(" "),
        ...["--root", root],
      ]).ended;
      assert.equal(code, 1, command);
      assert.match(stderr, refused, command);
    }
  });

  it("is not another checkout's: that is refused, with the folder to run it in", async () => {
    const other = project("other", OWN);
    mkdirSync(join(other, "node_modules/@pulumi/pulumi"), { recursive: true });
    const sdk = "node_modules/@pulumi/pulumi/package.json";
    cpSync(join(HERE, sdk), join(other, sdk));
    for (const given of [["--root", other], []]) {
      // Named, or found upwards from where one stands.
      const { code, stderr } = await runNode([
        ...(given.length === 0
          ? ["--import", `data:text/javascript,process.chdir(${JSON.stringify(other)})`]
          : []),
        join(HERE, "packages/worker-secrets/src/cli/ws.ts"),
        "drift",
        ...given,
      ]).ended;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /other: it is another checkout: it has a program and packages of its own/);
      assert.ok(stderr.includes(`cd ${other} && npx worker-secrets …`), stderr);
    }
    assert.throws(() => projectRoot(project("bare", OWN)), /its packages are not installed[\s\S]*npm ci/);
    const without = project("without");
    assert.equal(projectRoot(without), without);
  });
});
