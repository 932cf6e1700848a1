import { globSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import { findEngine } from "../sandbox/engine/index.ts";

/**
 * `npm test [-- part-of-a-file-name …]`: all tests in one mocha run. The engine is found (or built) first, because a
 * first build takes minutes and is no test's business. Closes with a plain line `N passed, N failed`.
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
for (const file of files) mocha.addFile(join(root, file));
await mocha.loadFilesAsync();

const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  console.log(`${passes} passed, ${failures} failed${pending === 0 ? "" : `, ${pending} skipped`}`);
  // Not left to the event loop: a test that forgot a handle must not hang the run.
  process.exit(failures === 0 ? 0 : 1);
});
