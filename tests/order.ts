import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FileReport } from "./file-report.ts";

/** What is known of a file from an earlier run. */
export interface Record {
  readonly seconds: number;
  /** It started no process and opened no server. */
  readonly pure: boolean;
}

/** By the files' paths in the repository. */
export type Records = Readonly<{ [file: string]: Record }>;

/** A file without a measurement ranks in the middle. */
const UNKNOWN: Record = { seconds: 15, pure: false };
/** The longest that a file of the fast run may take. */
const FAST_SECONDS = 3;
const RECORDS = join(import.meta.dirname, "times.json");

export function readRecords(): Records {
  return JSON.parse(readFileSync(RECORDS, "utf8"));
}

/** Takes a run's reports in; keeps what is known of files that were not in it, and forgets those that are gone. */
export function writeRecords(reports: readonly FileReport[], files: readonly string[]): void {
  const measured = reports.map(({ file, seconds, started, servers, childCpuSeconds }) => {
    const alone = servers === 0 && childCpuSeconds === 0 && Object.keys(started).length === 0;
    const record: Record = { seconds, pure: alone };
    return [file, record] as const;
  });
  const all = { ...readRecords(), ...Object.fromEntries(measured) };
  const lines = [...files]
    .filter((file) => file in all)
    .sort()
    .map((file) => `  ${JSON.stringify(file)}: ${JSON.stringify(all[file])}`);
  writeFileSync(RECORDS, `{\n${lines.join(",\n")}\n}\n`);
}

/** The order in which processes that take one file after the other end together. */
export function longestFirst(files: readonly string[], records: Records): string[] {
  const seconds = secondsOf(records);
  return files.toSorted((one, other) => seconds(other) - seconds(one) || (one < other ? -1 : 1));
}

/**
 * The files of one of `count` shards, `number` from 1: the longest file first, each to the shard that has least so far. Each file is
 * in exactly one, whoever asks, as long as all ask with the same records.
 */
export function shardOf(files: readonly string[], records: Records, number: number, count: number): string[] {
  const seconds = secondsOf(records);
  const shards = Array.from({ length: count }, () => ({ files: [] as string[], seconds: 0 }));
  for (const file of longestFirst(files, records)) {
    const least = shards.reduce((one, other) => (other.seconds < one.seconds ? other : one));
    least.files.push(file);
    least.seconds += seconds(file);
  }
  return shards[number - 1]?.files ?? [];
}

/** The files that only compute, in no time: what `npm run test:fast` runs. */
export function fastFiles(files: readonly string[], records: Records): string[] {
  return files.filter((file) => {
    const { pure, seconds } = records[file] ?? UNKNOWN;
    return pure && seconds <= FAST_SECONDS;
  });
}

function secondsOf(records: Records): (file: string) => number {
  return (file) => (records[file] ?? UNKNOWN).seconds;
}
