import { readFileSync, statSync } from "node:fs";
import type { Fault } from "../../../faults.ts";
import { dotenvValues, scanDotenv } from "./dotenv-scan.ts";
import type { Given } from "./given.ts";
import type { Known } from "./known-names.ts";

/** As of standard input. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A `.dev.vars`, read by the parser that wrangler uses for it. `spec` is `FILE`, or `WORKER=FILE` for one Worker alone. */
export function readDevVars(spec: string, known: Known, faults: Fault[]): Given[] {
  const [, worker, file = ""] = /^(?:([A-Za-z][\w-]*)=)?(.+)$/s.exec(spec) ?? [];
  if (worker !== undefined && !known.workers.has(worker)) {
    // Neither part is shown: somebody may have written NAME=VALUE.
    faults.push({
      where: "--from-dev-vars",
      what: "what stands before '=' is the name of no Worker of the stack",
      fix: `Write FILE, or WORKER=FILE with one of: ${[...known.workers].join(", ")}`,
    });
    return [];
  }
  const text = readText(file, faults);
  if (text === undefined) return [];
  const { assignments, dropped } = scanDotenv(text);
  // Of a name that stands there twice, the last one wins.
  const last = new Map(assignments.map((one) => [one.name, one]));
  if (dropped.length > 0)
    faults.push({
      where: `${file}, ${linesShown(dropped)}`,
      what: "that is no NAME=VALUE, and wrangler's parser drops it; where it goes on with the value above, that value would be cut",
      fix: 'Put a value of several lines in quotes (NAME="…"), or take what is no assignment out.',
    });
  for (const { name, line, end } of last.values())
    if (end === "cut" && known.names.has(name))
      faults.push({
        where: `${file}, line ${line}`,
        what: `the value of '${name}' is cut at a '#', which begins a comment there`,
        fix: `Put the value in quotes (${name}="…"), or a space before the '#' of a comment.`,
      });
  return [...dotenvValues(text)].map(([name, value]) => ({
    name,
    worker,
    value,
    source: file,
    at: `line ${last.get(name)?.line}`,
    strict: false,
  }));
}

function readText(file: string, faults: Fault[]): string | undefined {
  // The name is not shown: somebody may have written a value in its place.
  const refuse = (what: string) =>
    void faults.push({ where: "--from-dev-vars", what, fix: "Name another: --from-dev-vars FILE" });
  let bytes: Buffer;
  try {
    // A named pipe would wait for whoever writes into it, and a device may never end.
    const { size, isPlain } = plainFile(file);
    if (!isPlain) {
      refuse("it is no plain file (a folder, a named pipe, a socket or a device)");
      return undefined;
    }
    if (size > MOST_BYTES) {
      refuse("it is longer than 4 MB");
      return undefined;
    }
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    refuse(`the file can't be read (${code})`);
    return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    refuse("it is not UTF-8");
    return undefined;
  }
}

function plainFile(file: string): { readonly size: number; readonly isPlain: boolean } {
  const found = statSync(file);
  return { size: found.size, isPlain: found.isFile() };
}

/** `line 3`, `lines 3 to 7 and 9`. */
export function linesShown(lines: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const line of lines.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && line === run[1] + 1) run[1] = line;
    else runs.push([line, line]);
  }
  const shown = runs.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const most = shown.slice(0, -1).join(", ");
  return `line${lines.length === 1 ? "" : "s"} ${most === "" ? "" : `${most} and `}${shown.at(-1)}`;
}
