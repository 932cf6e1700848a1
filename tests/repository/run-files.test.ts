import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { tempFolder } from "../helpers/temp.ts";
import { filesAgain, joined, type Outcome, passes } from "../run-files.ts";

const outcome = (passed: Record<string, number>, ...failures: (readonly [string, string])[]): Outcome => ({
  passed: new Map(Object.entries(passed)),
  pending: 0,
  failures: failures.map(([file, title]) => ({ file, title, message: `${title} failed` })),
});

describe("a test that fails once", () => {
  it("has its file run again; a leak has not, nor many files, nor a failure of no file", () => {
    assert.deepEqual(filesAgain(outcome({ a: 1 })), []);
    assert.deepEqual(filesAgain(outcome({ a: 1 }, ["a", "x"], ["a", "y"], ["b", "z"])), ["a", "b"]);
    assert.deepEqual(filesAgain(outcome({}, ["/tests/leak/a.test.ts", "x"])), []);
    assert.deepEqual(filesAgain(outcome({}, ["", "x"])), []);
    assert.deepEqual(filesAgain(outcome({}, ["a", "x"], ["b", "x"], ["c", "x"], ["d", "x"])), []);
  });

  it("counts as its second run says, and is named", () => {
    const first = outcome({ a: 5, b: 1 }, ["a", "once"], ["a", "twice"]);
    const { outcome: both, unsteady } = joined(first, ["a"], outcome({ a: 6 }, ["a", "twice"]));
    assert.equal(passes(both), 7);
    assert.deepEqual(
      both.failures.map(({ title }) => title),
      ["twice"],
    );
    assert.deepEqual(unsteady, [{ file: "a", title: "once", message: "once failed" }]);
  });

  it("is told by mocha with its file, its hooks too; one that fails always stays a failure", () => {
    const folder = tempFolder();
    const marker = join(folder, "marker");
    const texts = {
      "steady.mjs": "describe('steady', () => { it('one', () => {}); it.skip('two', () => {}); });",
      "once.mjs": `import { existsSync, writeFileSync } from "node:fs";
          describe("once", () => {
            before(() => { if (!existsSync("${marker}")) { writeFileSync("${marker}", ""); throw new Error("not yet"); } });
            it("a", () => {}); it("b", () => {});
          });`,
      "always.mjs":
        "describe('always', () => { it('c', () => {}); it('d', () => { throw new Error('no'); }); });",
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    const script = `
        import { filesAgain, joined, passes, runFiles } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../run-files.ts")))};
        const files = ${JSON.stringify(Object.keys(texts).map((name) => join(folder, name)))};
        const first = await runFiles(files, 2);
        const again = filesAgain(first);
        const { outcome, unsteady } = joined(first, again, await runFiles(again, 1));
        const told = { first: [passes(first), first.pending, first.failures.length], again, passed: passes(outcome),
          failures: outcome.failures, unsteady };
        process.stdout.write("\\n" + JSON.stringify(told) + "\\n", () => process.exit(0));`;
    // A file: what Node is given by -e, its workers would be given too.
    const main = join(folder, "main.mjs");
    writeFileSync(main, script);
    const printed = execFileSync(process.execPath, [main], {
      encoding: "utf8",
      env: {
        ...process.env,
        WORKER_SECRETS_ACCOUNTS: undefined,
        WORKER_SECRETS_LOGS: undefined,
        WORKER_SECRETS_REPORTS: undefined,
      },
    });
    const told = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
    assert.deepEqual(told, {
      first: [2, 1, 2],
      again: told.again,
      passed: 4,
      failures: [{ file: join(folder, "always.mjs"), title: "always d", message: "no" }],
      unsteady: [
        { file: join(folder, "once.mjs"), title: 'once "before all" hook for "a"', message: "not yet" },
      ],
    });
    assert.deepEqual([...told.again].sort(), [join(folder, "always.mjs"), join(folder, "once.mjs")]);
  });
});
