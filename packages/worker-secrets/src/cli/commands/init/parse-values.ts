import { type Node, parseTree } from "jsonc-parser";
import type { Fault } from "../../../program/faults.ts";
import { fullName, type Given, splitName } from "./given.ts";
import { isKnown, type Known } from "./known-names.ts";

/**
 * Standard input: one JSON object of texts, or lines `NAME=VALUE` with the value taken as it stands to the end of its
 * line. Empty lines and lines that begin with `#` are skipped. Pure.
 */
export function parseValues(text: string, source: string, known: Known, faults: Fault[]): Given[] {
  const content = text.replace(/^\uFEFF/, "");
  const given = /^\s*\{/.test(content)
    ? fromJson(content, source, known, faults)
    : fromLines(content, source, faults);
  return firstOfEach(given, known, faults);
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
      fix: "Give one per line; a value of several lines as JSON, or by --from-dev-vars.",
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
