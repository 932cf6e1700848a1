import { stripVTControlCharacters } from "node:util";
import type { JSONPath } from "jsonc-parser";
import type { Fault } from "../../faults.ts";
import { membersOf } from "../../objects.ts";
import type { ParsedFile } from "../jsonc.ts";
import { keyName } from "./keys.ts";

/** One of wrangler's messages about a file. */
export interface Diagnostic {
  /** The `env` block that it is about; `undefined` for the top level. */
  readonly block: string | undefined;
  readonly text: string;
}

/** Said by the stack itself, by each name and with what to do: see `notInherited`. Or of a key that it refuses. */
const SAID_OTHERWISE =
  /exists? at the top level, but not on "env\.|^"unsafe" fields are experimental|^No environment found in configuration/;

const BLOCK = /^"env\.(.+)" environment configuration$/;
const UNEXPECTED = /^Unexpected fields found in (\S+) field: (.*)$/;

/**
 * The messages in wrangler's prose: a heading, items below it, and those of an `env` block one step further in. A text without items
 * (a file that can't be read) is one message.
 */
export function diagnosticsIn(prose: string): Diagnostic[] {
  const lines = stripVTControlCharacters(prose).split(/\r?\n/);
  const base = lines.map(itemOf).find((item) => item !== undefined)?.indent;
  if (base === undefined) return [{ block: undefined, text: firstParagraph(lines) }];
  const found: { block: string | undefined; lines: string[] }[] = [];
  let block: string | undefined;
  for (const line of lines) {
    const item = itemOf(line);
    const isItem = item?.indent === base || (block !== undefined && item?.indent === base + 2);
    if (item === undefined || !isItem) {
      found.at(-1)?.lines.push(line);
      continue;
    }
    if (item.indent === base) block = BLOCK.exec(item.text)?.[1];
    if (!BLOCK.test(item.text)) found.push({ block, lines: [item.text] });
  }
  return found.map((one) => ({ block: one.block, text: firstParagraph(one.lines) }));
}

function itemOf(line: string): { readonly indent: number; readonly text: string } | undefined {
  const item = /^( *)- (.*)$/.exec(line);
  return item === null ? undefined : { indent: item[1]?.length ?? 0, text: item[2]?.trim() ?? "" };
}

/** What follows is an example of a file, in wrangler's choice of a format. */
function firstParagraph(lines: readonly string[]): string {
  const text = lines
    .map((line) => line.trim())
    .join("\n")
    .replace(/^▲?\s*\[?WARNING\]?\s*/u, "");
  const [first = ""] = text.trim().split(/\n\n|\n```/);
  const line = first.replaceAll("\n", " ");
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

/** What follows these is said better by each name. */
const SUMMARY = /^Bindings must have unique names/;
const TWICE = /^(\S+) assigned to (.+) bindings\.$/;

/** wrangler's errors as faults, each at the key that it names. `environment`: the `env` block that is read. */
export function errorFaults(
  diagnostics: readonly Diagnostic[],
  file: ParsedFile,
  environment: string | undefined,
): Fault[] {
  return diagnostics
    .filter(({ text }) => !SUMMARY.test(text))
    .map(({ block, text }) => {
      const [, name, kinds] = TWICE.exec(text) ?? [];
      if (name !== undefined) return boundTwice(name, kinds ?? "", environment, file);
      return {
        where: file.where(placeIn(text, block, file.value)),
        what: `wrangler refuses it: ${text}`,
        fix: "Correct it; the keys are listed in docs/wrangler-keys.md.",
      };
    });
}

/** wrangler gives no place; the name stands in the file as a key of `vars` or as a value. */
function boundTwice(name: string, kinds: string, block: string | undefined, file: ParsedFile): Fault {
  const env = membersOf(membersOf(file.value).env);
  const from: JSONPath = block === undefined ? [] : ["env", block];
  const around = block === undefined ? { ...membersOf(file.value), env: undefined } : env[block];
  const places = placesOf(name, around, from).map((path) => file.where(path));
  return {
    where: places.at(-1) ?? file.where(from),
    what: `'${name}' is bound twice, as ${kinds.replaceAll("multiple ", "")}${places.length > 1 ? ` (first at ${places[0]})` : ""}; a binding's name is unique (10053)`,
    fix: "Keep one of the two.",
  };
}

function placesOf(name: string, value: unknown, path: JSONPath): JSONPath[] {
  if (value === name) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => placesOf(name, item, [...path, index]));
  return Object.entries(membersOf(value)).flatMap(([key, item]) =>
    key === name ? [[...path, key]] : placesOf(name, item, [...path, key]),
  );
}

/** wrangler's warnings, but those of which the stack has more to say. */
export function warningFaults(diagnostics: readonly Diagnostic[], file: ParsedFile): Fault[] {
  return diagnostics
    .filter(({ text }) => !SAID_OTHERWISE.test(text))
    .flatMap(({ block, text }): Fault[] => {
      const [, around = "", fields = ""] = UNEXPECTED.exec(text) ?? [];
      if (fields === "") {
        const where = file.where(placeIn(text, block, file.value));
        return [{ where, what: `wrangler warns: ${text}`, fix: "It is deployed as wrangler deploys it." }];
      }
      return [...fields.matchAll(/"([^"]*)"/g)].map(([, field = ""]) => {
        const path = [...(pathOf(around, block, file.value) ?? []), field];
        return {
          where: file.where(path),
          what: `wrangler does not know the key '${keyName(path)}', and ignores it`,
          fix: "Correct its spelling, or take it out; the keys are listed in docs/wrangler-keys.md.",
        };
      });
    });
}

/** The first quoted name that is one of the file's keys. */
function placeIn(text: string, block: string | undefined, value: unknown): JSONPath {
  for (const [, name = ""] of text.matchAll(/(?:["'`]|^)([\w$.[\]-]+)(?:["'`]|=)/g)) {
    const path = pathOf(name, block, value);
    if (path !== undefined) return path;
  }
  return [];
}

/** Where a name as `env.prod.queues.producers[0]` is in the file; names may also begin in the block. */
function pathOf(name: string, block: string | undefined, value: unknown): JSONPath | undefined {
  if (name === "top-level") return [];
  const path = [...name.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
  const candidates = block === undefined ? [path] : [["env", block, ...path], path];
  return candidates.find((candidate) => has(value, candidate.slice(0, block === undefined ? 1 : 3)));
}

function has(value: unknown, path: JSONPath): boolean {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Readonly<Record<string | number, unknown>>)[key];
  }
  return true;
}
