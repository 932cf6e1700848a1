import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { findEngine } from "../packages/worker-secrets/src/cli/engine/executable/index.ts";
import { privateFolder } from "../packages/worker-secrets/src/preload/private-folder.mjs";
import { joinEvidence, readEvidence } from "./contract/evidence.ts";
import { writeContract } from "./contract/operations-document.ts";
import { readAccounts } from "./contract/witness.ts";
import { readReports, slowest } from "./file-report.ts";
import { joinLogs, readLogs, watchRunLog } from "./leak/run-log.ts";
import { filesAgain, joined, passes, runFiles } from "./run-files.ts";
import { describeSeeds, seedsOf } from "./volume.ts";

/**
 * `npm test [-- part-of-a-file-name …]`: all tests in one run, two files at a time (TEST_JOBS sets another number). The
 * engine is found (or built) first, because a first build takes minutes and is no test's business. With
 * UPDATE_EVIDENCE=1, what the clients were seen to do goes into tests/contract/evidence.json and docs/operations.md.
 * With TEST_AGAIN=1 (`.ci/run`) up to three files with a failure run once more, alone, and what passes then is told as
 * unsteady. The slowest twenty files are printed; TEST_REPORT names a file for what all of them took. Everything that is printed is searched for the tests' secrets. Closes with a plain line `N passed, N failed`.
 */
const wanted = process.argv.slice(2);
const root = join(import.meta.dirname, "..");
// Files that drive the engine take longest; begun first, they don't keep the end waiting.
const LONGEST_FIRST = ["faults", "commands", "fuzz", "clients", "histories", "stack", "esc", "sandbox"];
const rank = (file: string) => {
  const folders = file.split(/[\\/]/);
  const place = LONGEST_FIRST.findIndex((folder) => folders.includes(folder));
  return place < 0 ? LONGEST_FIRST.length : place;
};
const files = globSync(["tests/**/*.test.ts", "packages/*/tests/**/*.test.ts"], { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1));
if (files.length === 0) {
  console.error(`No test file has ${wanted.join(" or ")} in its name.`);
  process.exit(2);
}
const jobs = Number(process.env.TEST_JOBS ?? Math.min(2, availableParallelism()));
if (!Number.isInteger(jobs) || jobs < 1) {
  console.error(`TEST_JOBS is '${process.env.TEST_JOBS}'; it is how many files run at a time: 1 or more.`);
  process.exit(2);
}

const log = watchRunLog();
const seeds = seedsOf(new Date(), process.env);
Object.assign(process.env, seeds);
console.log(describeSeeds(seeds));
const engine = await findEngine({ onProgress: (line) => console.log(line) });
console.log(engine.describe);
process.env.WORKER_SECRETS_ENGINE = engine.path;
const accounts = mkdtempSync(join(tmpdir(), "worker-secrets-accounts-"));
process.env.WORKER_SECRETS_ACCOUNTS = accounts;
const logs = mkdtempSync(join(tmpdir(), "worker-secrets-logs-"));
process.env.WORKER_SECRETS_LOGS = logs;
const reports = mkdtempSync(join(tmpdir(), "worker-secrets-reports-"));
process.env.WORKER_SECRETS_REPORTS = reports;
// What each command compiles, and strips of its types, the next one finds: some hundred processes run the same files.
process.env.NODE_COMPILE_CACHE ??= privateFolder("compiled");
const built = mkdtempSync(join(tmpdir(), "worker-secrets-built-"));
process.env.WORKER_SECRETS_BUILT = built;
process.on("exit", () => {
  for (const folder of [accounts, logs, reports, built]) rmSync(folder, { recursive: true, force: true });
});

let outcome = await runFiles(
  files.map((file) => join(root, file)),
  jobs,
);
const again = process.env.TEST_AGAIN === "1" ? filesAgain(outcome) : [];
if (again.length > 0) {
  console.log(
    `Once more, alone, what failed:\n${again.map((file) => `  ${relative(root, file)}`).join("\n")}`,
  );
  const second = joined(outcome, again, await runFiles(again, 1));
  outcome = second.outcome;
  if (second.unsteady.length > 0)
    console.log("UNSTEADY, failed above and passed when its file ran alone; to be mended all the same:");
  for (const { file, title, message } of second.unsteady)
    console.log(`  ${relative(root, file)}: ${title}\n    ${message.replaceAll("\n", "\n    ")}`);
}

const whole = wanted.length === 0;
const { evidence, unused } = readAccounts(accounts);
if (process.env.UPDATE_EVIDENCE === "1")
  writeContract(joinEvidence(whole ? evidence : [readEvidence(), ...evidence]));
const stale = whole && unused.length > 0;
if (stale) {
  console.log(
    "These deviations from the contract no longer occur; take them out of tests/contract/deviations.ts:",
  );
  for (const { operation, finding } of unused) console.log(`  ${operation}: ${finding}`);
}
const { bytes, shows } = joinLogs([log.soFar(), ...readLogs(logs)]);
if (shows.length > 0) console.log(`The log of this run shows a secret of the tests: ${shows.join(", ")}`);
else console.log(`0 secrets of the tests in the ${bytes} bytes of this run's log`);
const measured = readReports(reports);
for (const line of slowest(measured)) console.log(line);
if (process.env.TEST_REPORT) writeFileSync(process.env.TEST_REPORT, `${JSON.stringify(measured, null, 1)}\n`);
if (outcome.pending > 0) console.log(`${outcome.pending} skipped; each says above what it needs`);
const failed = outcome.failures.length + (stale ? 1 : 0) + (shows.length > 0 ? 1 : 0);
console.log(`${passes(outcome)} passed, ${failed} failed`);
// Not left to the event loop: a test that forgot a handle must not hang the run.
process.exit(failed === 0 ? 0 : 1);
