import type { PlainData } from "./json-text.ts";
import { isExactNumber, wireNumberText } from "./numbers.ts";
import { resolvePlain } from "./scalars.ts";
import { compareKeys } from "./values.ts";

/**
 * YAML as the reference writes it: keys in order, four blanks of indentation, as few quotes as possible. Numbers
 * are quoted, because the reference holds them as text; `fn::toYAML` of `1` is `"1"` there, too.
 */
export function encodeYaml(data: PlainData): string {
  const text = linesOf(data, isCollection(data) ? 0 : step).join("\n");
  return text.endsWith("\n") ? text : `${text}\n`;
}

const step = 4;

/**
 * The lines of a value that stands at a column. The first one follows what is before the value and is not indented.
 * What is within a list stands two columns further, all else at the next multiple of four.
 */
function linesOf(data: PlainData, column: number): string[] {
  if (!isCollection(data)) return encodeScalar(data, column).split("\n");
  const members = Array.isArray(data)
    ? data.map((element) => prefixed("- ", linesOf(element, column + 2)))
    : Object.entries(data as Record<string, PlainData>)
        .toSorted(([a], [b]) => compareKeys(a, b))
        .map(([key, value]) => entryLines(key, value, column));
  return members.flatMap((lines, i) => (i === 0 ? lines : prefixed(" ".repeat(column), lines)));
}

function entryLines(key: string, value: PlainData, column: number): string[] {
  const inner = step * Math.floor((column + step) / step);
  const name = encodeString(key, { indent: inner, flow: false });
  if (name.includes("\n")) {
    const explicit = prefixed(`${" ".repeat(column)}: `, linesOf(value, column + 2));
    return [...`? ${name}`.split("\n"), ...explicit];
  }
  const lines = linesOf(value, inner);
  return isCollection(value)
    ? [`${name}:`, ...prefixed(" ".repeat(inner), lines)]
    : prefixed(`${name}: `, lines);
}

function prefixed(prefix: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => (i === 0 ? prefix + line : line));
}

/** True for what takes a block of lines: a list or an object with members. */
function isCollection(data: PlainData): boolean {
  if (typeof data !== "object" || data === null || isExactNumber(data)) return false;
  return Array.isArray(data) ? data.length > 0 : Object.keys(data).length > 0;
}

/** One scalar, or an empty list or object. */
function encodeScalar(data: PlainData, indent: number): string {
  if (data === null) return "null";
  if (typeof data === "string") return encodeString(data, { indent, flow: false });
  if (typeof data === "number" || isExactNumber(data)) return quoteDouble(wireNumberText(data));
  if (typeof data === "boolean") return String(data);
  return Array.isArray(data) ? "[]" : "{}";
}

/** Where a scalar stands. */
export interface ScalarContext {
  /** Columns by which the lines of a block scalar are indented. */
  indent: number;
  /** Within brackets or braces, where fewer characters may stand unquoted and block scalars may not. */
  flow: boolean;
}

/** A string, in the simplest style that reads back as the same string. */
export function encodeString(text: string, context: ScalarContext): string {
  if (text.includes("\n"))
    return context.flow ? quoteDouble(text) : (literalBlock(text, context) ?? quoteDouble(text));
  if (resolvePlain(text).kind !== "string" || oldBooleans.has(text) || looksSexagesimal(text))
    return quoteDouble(text);
  if (needsEscapes(text)) return quoteDouble(text);
  return mayStandPlain(text, context.flow) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Booleans of YAML 1.1, which older readers still take for such. */
const oldBooleans = new Set("y Y yes Yes YES on On ON n N no No NO off Off OFF".split(" "));

/** Numbers of YAML 1.1 in base 60, such as `12:30`. */
function looksSexagesimal(text: string): boolean {
  return /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}

function needsEscapes(text: string): boolean {
  return /[^\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|[\u0085\u2028\u2029]/u.test(
    text,
  );
}

const indicators = new Set("#,[]{}&*!|>'\"%@`");
const flowIndicators = new Set(",?[]{}:");

function mayStandPlain(text: string, flow: boolean): boolean {
  if (text.startsWith(" ") || text.endsWith(" ") || text.startsWith("---") || text.startsWith("..."))
    return false;
  const first = text.charAt(0);
  const beforeBlank = text.length === 1 || text.charAt(1) === " ";
  if (indicators.has(first)) return false;
  if (first === "-" && beforeBlank) return false;
  if ((first === "?" || first === ":") && (flow || beforeBlank)) return false;
  if (text.includes(": ") || text.endsWith(":") || text.includes(" #")) return false;
  return !flow || ![...text].some((char) => flowIndicators.has(char));
}

/**
 * Text of several lines as `|`; undefined if it cannot be written so. Text that begins with a blank would need a
 * hint at its indentation, relative to a parent that is not known here.
 */
function literalBlock(text: string, { indent }: ScalarContext): string | undefined {
  const lines = text.split("\n");
  if (lines.some((line) => needsEscapes(line)) || text.endsWith(" ") || text.includes(" \n"))
    return undefined;
  if (text.startsWith(" ") || text.startsWith("\n")) return undefined;
  const chomping = !text.endsWith("\n") ? "-" : text.endsWith("\n\n") ? "+" : "";
  const body = text.endsWith("\n") ? lines.slice(0, -1) : lines;
  return [`|${chomping}`, ...body.map((line) => (line === "" ? "" : " ".repeat(indent) + line))].join("\n");
}

/** A double-quoted string. JSON's escapes are YAML's, too. */
export function quoteDouble(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
