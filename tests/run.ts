import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { findEngine } from "../packages/worker-secrets/src/cli/engine/executable/index.ts";
import { privateFolder } from "../packages/worker-secrets/src/preload/private-folder.mjs";
import { readAccounts } from "./contract/witness.ts";
import { readReports } from "./file-report.ts";
import { joinLogs, readLogs, watchRunLog } from "./leak/run-log.ts";
import { fastFiles, longestFirst, readRecords, shardOf, writeRecords } from "./order.ts";
import { filesAgain, joined, passes, runFiles } from "./run-files.ts";
import { runOptions } from "./run-options.ts";
import { joinParts, judge, missingShards, type Part } from "./run-verdict.ts";
import { describeSeeds, seedsOf } from "./volume.ts";

/**
 * `npm test [-- part-of-a-file-name …]`: all tests in one run, two files at a time (TEST_JOBS sets another number), the longest of
 * the last recorded run first (tests/times.json; UPDATE_TIMES=1 records this one). The engine is found (or built) first, because a
 * first build takes minutes and is no test's business.
 *
 * - `npm run test:fast` (`--fast`): the files that only compute.
 * - `--shard 1/4`: one of four parts that take as long as each other. With TEST_PART=FILE it leaves there what only a whole run can be
 *   judged by; `--join FILE …` judges the files of all shards.
 * - UPDATE_EVIDENCE=1: what the clients were seen to do goes into tests/contract/evidence.json and docs/operations.md.
 * - TEST_AGAIN=1 (`.ci/run`): up to three files with a failure run once more, alone, and what passes then is reported as unsteady.
 * - TEST_REPORT=FILE: what each file took; the slowest twenty are printed.
 *
 * Everything that is printed is searched for the tests' secrets. Closes with a plain line `N passed, N failed`.
 */
const options = runOptions(process.argv.slice(2));
if (typeof options === "string") usage(options);
if (options.kind === "join") {
  const parts = options.files.map((file) => JSON.parse(readFileSync(file, "utf8")) as Part);
  const missing = missingShards(parts);
  if (missing !== undefined) console.log(missing);
  process.exit(judge(joinParts(parts), true) === 0 && missing === undefined ? 0 : 1);
}
const { parts, fast, shard } = options;
const root = join(import.meta.dirname, "..");
const every = globSync(["tests/**/*.test.ts", "packages/*/tests/**/*.test.ts"], { cwd: root }).sort();
const records = readRecords();
const named = every.filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
const wanted = fast ? fastFiles(named, records) : named;
const files =
  shard === undefined ? longestFirst(wanted, records) : shardOf(wanted, records, shard.number, shard.count);
if (files.length === 0) usage(`No test file has ${parts.join(" or ")} in its name.`);
const jobs = Number(process.env.TEST_JOBS ?? Math.min(2, availableParallelism()));
if (!Number.isInteger(jobs) || jobs < 1)
  usage(`TEST_JOBS is '${process.env.TEST_JOBS}'; it is how many files run at a time: 1 or more.`);

function usage(wrong: string): never {
  console.error(wrong);
  process.exit(2);
}

const log = watchRunLog();
const seeds = seedsOf(new Date(), process.env);
Object.assign(process.env, seeds);
console.log(describeSeeds(seeds));
if (!fast) {
  const engine = await findEngine({ onProgress: (line) => console.log(line) });
  console.log(engine.describe);
  process.env.WORKER_SECRETS_ENGINE = engine.path;
}
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

const part: Part = {
  ...(shard === undefined ? {} : { shard }),
  passed: passes(outcome),
  pending: outcome.pending,
  failed: outcome.failures.length,
  accounts: readAccounts(accounts),
  log: joinLogs([log.soFar(), ...readLogs(logs)]),
  reports: readReports(reports),
};
if (process.env.UPDATE_TIMES === "1") writeRecords(part.reports, every);
if (process.env.TEST_PART) writeFileSync(process.env.TEST_PART, JSON.stringify(part));
const failed = judge(part, files.length === every.length);
// Not left to the event loop: a test that forgot a handle must not hang the run.
process.exit(failed === 0 ? 0 : 1);
