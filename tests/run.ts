import { globSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import { findEngine } from "../sandbox/engine/index.ts";
import { unusedDeviations, writeEvidence } from "./contract/witness.ts";

/**
 * `npm test [-- part-of-a-file-name …]`: all tests in one mocha run. The engine is found (or built) first, because a
 * first build takes minutes and is no test's business. With UPDATE_EVIDENCE=1, what the clients were seen to do goes
 * into tests/contract/evidence.json and docs/operations.md. Closes with a plain line `N passed, N failed`.
 */
const wanted = process.argv.slice(2);
const root = join(import.meta.dirname, "..");
const files = globSync("tests/**/*.test.ts", { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`No test file has ${wanted.join(" or ")} in its name.`);
  process.exit(2);
}

const engine = await findEngine({ onProgress: (line) => console.log(line) });
console.log(engine.describe);
process.env.WORKER_SECRETS_ENGINE = engine.path;

const mocha = new Mocha({
  reporter: "spec",
  timeout: 60_000,
  slow: 10_000,
  failZero: true,
  color: process.stdout.isTTY,
});
// Only a whole run can tell what no longer happens, and what every client has been seen to do.
if (wanted.length === 0) {
  mocha.rootHooks({
    afterAll() {
      const unused = unusedDeviations().map(({ operation, finding }) => `${operation}: ${finding}`);
      if (unused.length > 0)
        throw new Error(
          `these deviations from the contract no longer occur; take them out of tests/contract/deviations.ts:\n  ${unused.join("\n  ")}`,
        );
    },
  });
}
for (const file of files) mocha.addFile(join(root, file));
await mocha.loadFilesAsync();

const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  if (process.env.UPDATE_EVIDENCE === "1") writeEvidence(wanted.length === 0);
  if (pending > 0) console.log(`${pending} skipped; each says above what it needs`);
  console.log(`${passes} passed, ${failures} failed`);
  // Not left to the event loop: a test that forgot a handle must not hang the run.
  process.exit(failures === 0 ? 0 : 1);
});
