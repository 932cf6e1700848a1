import { readFileSync } from "node:fs";
import { parse as parseDotenv } from "dotenv";
import type { Fault } from "../../../program/faults.ts";
import type { Given } from "./given.ts";
import type { Known } from "./known-names.ts";

/** dotenv 16.3.1's own expression, which says no positions itself. A test holds it to what that parser finds. */
const ASSIGNMENT =
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm;

/** Where a file's names stand, and what its parser drops without a word. Lines are counted from 1. */
export interface Scan {
  /** Of a name that stands there twice, the last one: it wins. */
  readonly lines: ReadonlyMap<string, number>;
  /** Lines that are no assignment and no comment: for one, what follows the first line of an unquoted text. */
  readonly dropped: readonly number[];
  /** Names whose value ends at a '#' without a space before it. */
  readonly cut: readonly string[];
}

/** Pure. */
export function scanDevVars(content: string): Scan {
  const text = content.replace(/\r\n?/g, "\n");
  // Asked for ever later places, so that each part is counted once.
  let [line, counted] = [1, 0];
  const lineAt = (index: number) => {
    line += text.slice(counted, index).split("\n").length - 1;
    counted = index;
    return line;
  };
  const lines = new Map<string, number>();
  const cut = new Set<string>();
  const dropped: number[] = [];
  const drop = (from: number, to: number) => {
    const first = lineAt(from);
    for (const [index, one] of text.slice(from, to).split("\n").entries())
      if (/^\s*[^\s#]/.test(one)) dropped.push(first + index);
  };
  let end = 0;
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [, name = "", value = ""] = match;
    drop(end, match.index);
    end = match.index + match[0].length;
    lines.set(name, lineAt(match.indices?.[1]?.[0] ?? match.index));
    const quoted = /^\s*(['"`])[\s\S]*\1\s*$/.test(value);
    const after = text[match.indices?.[2]?.[1] ?? -1];
    cut.delete(name);
    if (!quoted && after === "#" && /\S$/.test(value)) cut.add(name);
  }
  drop(end, text.length);
  return { lines, dropped, cut: [...cut] };
}

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
  const { lines, dropped, cut } = scanDevVars(text);
  if (dropped.length > 0)
    faults.push({
      where: `${file}, ${linesShown(dropped)}`,
      what: "that is no NAME=VALUE, and wrangler's parser drops it; where it goes on with the value above, that value would be cut",
      fix: 'Put a value of several lines in quotes (NAME="…"), or take what is no assignment out.',
    });
  for (const name of cut.filter((one) => known.names.has(one)))
    faults.push({
      where: `${file}, line ${lines.get(name)}`,
      what: `the value of '${name}' is cut at a '#', which begins a comment there`,
      fix: `Put the value in quotes (${name}="…"), or a space before the '#' of a comment.`,
    });
  return Object.entries(parseDotenv(text)).map(([name, value]) => ({
    name,
    worker,
    value,
    source: file,
    at: `line ${lines.get(name)}`,
    strict: false,
  }));
}

function readText(file: string, faults: Fault[]): string | undefined {
  const refuse = (what: string) =>
    void faults.push({ where: file, what, fix: "Name another: --from-dev-vars FILE" });
  let bytes: Buffer;
  try {
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
