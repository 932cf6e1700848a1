import { type Node, parseTree } from "jsonc-parser";
import type { Fault } from "../../../faults.ts";
import { linesShown } from "./dev-vars.ts";
import { dotenvValues, scanDotenv } from "./dotenv-scan.ts";
import { fullName, type Given, splitName } from "./given.ts";
import { isKnown, type Known } from "./known-names.ts";

/** Values as they were piped in. */
export interface GivenText {
  readonly text: string;
  /** As messages name it. */
  readonly source: string;
  readonly known: Known;
  /** `NAME=VALUE` lines are taken as they stand, without dotenv's quotes, escapes and comments. */
  readonly raw: boolean;
}

/**
 * Standard input: one JSON object of texts, or assignments by dotenv's rules. Where those rules drop a part of a value,
 * or keep a lone quote, it is refused: nobody can tell whether that was meant. Pure.
 */
export function parseValues({ text, source, known, raw }: GivenText, faults: Fault[]): Given[] {
  const content = text.replace(/^\uFEFF/, "");
  const given = /^\s*\{/.test(content)
    ? fromJson(content, source, known, faults)
    : raw
      ? fromLines(content, source, faults)
      : fromDotenv(content, source, known, faults);
  return firstOfEach(given, known, faults);
}

function fromDotenv(text: string, source: string, known: Known, faults: Fault[]): Given[] {
  const { assignments, dropped } = scanDotenv(text);
  const values = dotenvValues(text);
  if (dropped.length > 0)
    faults.push({
      where: `${source}, ${linesShown(dropped)}`,
      what: "that is no NAME=VALUE; where it goes on with the value above, that value would be cut",
      fix: 'Put a value of several lines in quotes (NAME="…"), or give JSON.',
    });
  return assignments.map(({ name, line, end }): Given => {
    const at = `line ${line}`;
    const one = { ...splitName(name), source, at, strict: true };
    if (end === "whole") return { ...one, value: values.get(name) };
    // Of a name that nobody declares, `givenFaults` says so, without the name.
    if (isKnown(one, known)) faults.push({ where: `${source}, ${at}`, ...endFault(name, end) });
    return { ...one, value: undefined };
  });
}

function endFault(name: string, end: "cut" | "comment" | "open"): Pick<Fault, "what" | "fix"> {
  if (end === "open")
    return {
      what: `the value of '${name}' begins with a quote that does not end it, and would be stored with that quote`,
      fix: `Close the quotes (${name}="…"), or have every line taken as it stands: --raw.`,
    };
  return {
    what: `the value of '${name}' is not in quotes and ends at a '#', which begins a comment`,
    fix: `Put the value in quotes (${name}="…"), take a comment out, or have every line taken as it stands: --raw.`,
  };
}

function fromJson(text: string, source: string, known: Known, faults: Fault[]): Given[] {
  let members: readonly Node[];
  try {
    JSON.parse(text);
    // The tree has a key that stands there twice, twice. Lists within lists without end are too much for it.
    members = parseTree(text)?.children ?? [];
  } catch {
    // Never the parser's own words: they quote the text.
    faults.push({ where: source, what: "it begins as a JSON object but is not valid JSON", fix: JSON_FIX });
    return [];
  }
  const read = ({ offset, length }: Node): unknown => JSON.parse(text.slice(offset, offset + length));
  return members.flatMap(({ children: [key, member] = [] }, index): Given[] => {
    if (key === undefined || member === undefined) return [];
    const at = `key ${index + 1}`;
    const one = { ...splitName(String(read(key))), source, at, strict: true };
    const value = read(member);
    if (typeof value === "string") return [{ ...one, value }];
    faults.push({
      where: `${source}, ${isKnown(one, known) ? `'${fullName(one)}'` : at}`,
      what: `its value is ${value === null ? "null" : Array.isArray(value) ? "a list" : `of the type ${typeof value}`}, not a text`,
      fix: JSON_FIX,
    });
    return [{ ...one, value: undefined }];
  });
}

const JSON_FIX = 'Write {"NAME": "VALUE", …}; a value for one Worker alone as "WORKER.NAME".';

/** Empty lines and lines that begin with `#` are skipped. */
function fromLines(text: string, source: string, faults: Fault[]): Given[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.replace(/\r$/, "");
    if (line.trim() === "" || line.trimStart().startsWith("#")) return [];
    const at = `line ${index + 1}`;
    const equals = line.indexOf("=");
    const key = line.slice(0, equals).trim();
    if (equals > 0 && /^[\w$.-]+$/.test(key))
      return [{ ...splitName(key), value: line.slice(equals + 1), source, at, strict: true }];
    // The line itself is not shown: it may be a part of a value.
    faults.push({
      where: `${source}, ${at}`,
      what: "it is not NAME=VALUE",
      fix: "Give one per line; a value of several lines as JSON, or in quotes and without --raw.",
    });
    return [];
  });
}

/** Nobody can tell which one of two values is meant. */
function firstOfEach(given: readonly Given[], known: Known, faults: Fault[]): Given[] {
  const first = new Map<string, Given>();
  for (const one of given) {
    const before = first.get(fullName(one));
    if (before === undefined) first.set(fullName(one), one);
    else
      faults.push({
        where: `${one.source}, ${one.at}`,
        what: `${isKnown(one, known) ? `'${fullName(one)}'` : "its name"} stands there a second time; the first is ${before.at}`,
        fix: "Leave one of the two out.",
      });
  }
  return [...first.values()];
}
