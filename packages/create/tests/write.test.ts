import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { folderFault, writeFiles } from "../src/write.ts";

const exec = promisify(execFile);
const BIN = join(import.meta.dirname, "../src/bin.mjs");

/** Makes whichever Node runs it say that it is an old one. */
const OLD = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });")}`;

describe("the folder of a new project", () => {
  const root = tempFolder();

  it("has to be new or empty", () => {
    const folder = join(root, "taken");
    assert.equal(folderFault(folder), undefined);
    mkdirSync(folder);
    assert.equal(folderFault(folder), undefined);
    writeFileSync(join(folder, "mine.txt"), "mine");
    assert.match(folderFault(folder) ?? "", /not empty \(it has mine[.]txt\)/);
    assert.match(folderFault(join(folder, "mine.txt")) ?? "", /is a file/);
  });

  it("loses nothing that comes while it is written", () => {
    const folder = join(root, "raced");
    mkdirSync(folder);
    writeFileSync(join(folder, "b"), "mine");
    assert.throws(() => writeFiles(folder, { "a/c": "ours", b: "ours" }), { code: "EEXIST" });
    assert.equal(readFileSync(join(folder, "b"), "utf8"), "mine");
  });
});

describe("the bin of create-worker-secrets", () => {
  const root = tempFolder();
  const run = async (...args: string[]) =>
    exec(process.execPath, args, { cwd: root }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
    );

  for (const [what, args, code, said] of [
    ["help", ["--help"], 0, /^Usage: npm create worker-secrets@latest FOLDER/],
    ["no folder", [], 2, /folder is missing/],
    ["two folders", ["one", "two"], 2, /One folder at a time/],
    ["an unknown option", ["one", "--force"], 2, /--force[\s\S]*Usage/],
  ] as const)
    it(`${what}: exit code ${code}`, async () => {
      const ended = await run(BIN, ...args);
      assert.equal(ended.code, code);
      assert.match(ended.text, said);
    });

  it("an old Node is refused in words, before anything is written", async () => {
    const ended = await run("--import", OLD, BIN, "shop");
    assert.equal(ended.code, 1);
    assert.match(ended.text, /22[.]18 or newer[.] Nothing was written[.] Install a newer Node/);
    assert.deepEqual(readdirSync(root), []);
  });
});
