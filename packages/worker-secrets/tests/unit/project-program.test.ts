import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { projectProgram } from "../../src/cli/engine/project-program.ts";
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
  const OWN = "export default async (recorded: unknown, root: string) => ({ own: true, recorded, root });\n";

  it("is its own, and is told where the project is", async () => {
    const root = project("own", OWN);
    symlinkSync(join(HERE, "node_modules"), join(root, "node_modules"));
    assert.equal(projectRoot(root), root);
    const code = async () => new Map();
    assert.deepEqual(await projectProgram(root, code)(), { own: true, recorded: code, root });
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
      assert.ok(stderr.includes(`cd ${other} && npm run -s ws -- …`), stderr);
    }
    assert.throws(() => projectRoot(project("bare", OWN)), /its packages are not installed[\s\S]*npm ci/);
    const without = project("without");
    assert.equal(projectRoot(without), without);
  });
});
