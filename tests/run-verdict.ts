import { writeFileSync } from "node:fs";
import { joinEvidence, readEvidence } from "./contract/evidence.ts";
import { writeContract } from "./contract/operations-document.ts";
import { type Account, joinAccounts } from "./contract/witness.ts";
import { type FileReport, slowest } from "./file-report.ts";
import { joinLogs, type LogAccount } from "./leak/run-log.ts";
import type { Shard } from "./run-options.ts";

/** What a run, or one shard of it, leaves. */
export interface Part {
  /** Which one it is; a whole run, or some files of one, is none. */
  readonly shard?: Shard;
  readonly passed: number;
  readonly pending: number;
  readonly failed: number;
  readonly accounts: readonly Account[];
  readonly log: LogAccount;
  readonly reports: readonly FileReport[];
}

/** What keeps parts from being a whole run: a shard that is missing, or there twice. */
export function missingShards(parts: readonly Part[]): string | undefined {
  const count = parts[0]?.shard?.count ?? 0;
  const all = Array.from({ length: count }, (_, index) => `${index + 1}/${count}`).join(" ");
  const there = parts
    .map(({ shard }) => shard)
    .toSorted((one, other) => (one?.number ?? 0) - (other?.number ?? 0))
    .map((shard) => (shard === undefined ? "no shard" : `${shard.number}/${shard.count}`))
    .join(" ");
  return there === all && count > 0
    ? undefined
    : `a whole run has the shards ${all || "1/1"}; given are ${there}`;
}

/** Several shards as the run that they are. */
export function joinParts(parts: readonly Part[]): Part {
  const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    passed: sum(({ passed }) => passed),
    pending: sum(({ pending }) => pending),
    failed: sum(({ failed }) => failed),
    accounts: parts.flatMap(({ accounts }) => accounts),
    log: joinLogs(parts.map(({ log }) => log)),
    reports: parts.flatMap(({ reports }) => reports).sort((one, other) => other.seconds - one.seconds),
  };
}

/** Says what a run has come to, and how many faults it has. `whole`: all tests were in it, so that what did not occur counts. */
export function judge(part: Part, whole: boolean): number {
  const { evidence, unused } = joinAccounts(part.accounts);
  if (process.env.UPDATE_EVIDENCE === "1")
    writeContract(joinEvidence(whole ? evidence : [readEvidence(), ...evidence]));
  const stale = whole && unused.length > 0;
  if (stale) {
    console.log(
      "These deviations from the contract no longer occur; take them out of tests/contract/deviations.ts:",
    );
    for (const { operation, finding } of unused) console.log(`  ${operation}: ${finding}`);
  }
  const { bytes, shows } = part.log;
  if (shows.length > 0) console.log(`The log of this run shows a secret of the tests: ${shows.join(", ")}`);
  else console.log(`0 secrets of the tests in the ${bytes} bytes of this run's log`);
  for (const line of slowest(part.reports)) console.log(line);
  const { TEST_REPORT } = process.env;
  if (TEST_REPORT) writeFileSync(TEST_REPORT, `${JSON.stringify(part.reports, null, 1)}\n`);
  if (part.pending > 0) console.log(`${part.pending} skipped; each says above what it needs`);
  const failed = part.failed + (stale ? 1 : 0) + (shows.length > 0 ? 1 : 0);
  console.log(`${part.passed} passed, ${failed} failed`);
  return failed;
}
