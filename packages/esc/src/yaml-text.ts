import { encodeBase64 } from "./base64.ts";
import type { PlainData } from "./json-text.ts";
import { isExactNumber, wireNumberText } from "./numbers.ts";
import { resolvePlain } from "./scalars.ts";
import { bytesOfText } from "./text-bytes.ts";
import { compareKeys } from "./values.ts";

/**
 * YAML as the reference writes it: keys in order, four blanks of indentation, as few quotes as possible. Numbers
 * are quoted, because the reference holds them as text; `fn::toYAML` of `1` is `"1"` there, too.
 */
export function encodeYaml(data: PlainData): string {
  return `${linesOf(data, isCollection(data) ? 0 : step).join("\n")}\n`;
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
  const name = encodeString(key, { indent: inner, flow: false, hint: step });
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
  if (typeof data === "string") return encodeString(data, { indent, flow: false, hint: step });
  if (typeof data === "number" || isExactNumber(data)) return quoteDouble(wireNumberText(data));
  if (typeof data === "boolean") return String(data);
  return Array.isArray(data) ? "[]" : "{}";
}

/** Where a scalar stands. */
export interface ScalarContext {
  /** Columns by which the lines of a block scalar are indented. */
  indent: number;
  /** The hint at its indentation that text which begins with a blank or a line break is given; none: it is quoted. */
  hint?: number;
  /** Within brackets or braces, where fewer characters may stand unquoted and block scalars may not. */
  flow: boolean;
}

/** What the reference's YAML library reads as a date, or as a date and a time. */
function isTimestamp(text: string): boolean {
  const found =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?)?$/.exec(
      text,
    );
  if (!found) return false;
  const [year = 0, month = 0, day = 0, ...times] = found.slice(1).map((digits) => Number(digits ?? 0));
  if (
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  )
    return false;
  const [hour = 0, minute = 0, second = 0, hour2 = 0, minute2 = 0, second2 = 0] = times;
  return Math.max(hour, hour2) < 24 && Math.max(minute, minute2, second, second2) < 60;
}

/** A string, in the simplest style that reads back as the same string. */
export function encodeString(text: string, context: ScalarContext): string {
  if (!text.isWellFormed()) return `!!binary ${encodeBinary(bytesOfText(text), context)}`;
  if (text.includes("\n"))
    return context.flow ? quoteDouble(text) : (literalBlock(text, context) ?? quoteDouble(text));
  if (
    resolvePlain(text).kind !== "string" ||
    oldBooleans.has(text) ||
    looksSexagesimal(text) ||
    isTimestamp(text)
  )
    return quoteDouble(text);
  if (needsEscapes(text)) return quoteDouble(text);
  return mayStandPlain(text, context.flow) ? text : `'${text.replaceAll("'", "''")}'`;
}

const binaryLine = 70;

/** Bytes that are no text, in base64; from one full line on as a block of lines. */
function encodeBinary(bytes: Uint8Array, context: ScalarContext): string {
  const encoded = encodeBase64(bytes);
  if (encoded.length < binaryLine) return encoded;
  const lines = `${(encoded.match(new RegExp(`.{1,${binaryLine}}`, "g")) ?? []).join("\n")}\n`;
  return context.flow ? quoteDouble(lines) : (literalBlock(lines, context) ?? quoteDouble(lines));
}

/** Booleans of YAML 1.1, which older readers still take for such. */
const oldBooleans = new Set("y Y yes Yes YES on On ON n N no No NO off Off OFF".split(" "));

/** Numbers of YAML 1.1 in base 60, such as `12:30`. */
function looksSexagesimal(text: string): boolean {
  return /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}

function needsEscapes(text: string): boolean {
  // What lies beyond 16 bits is escaped by the reference, too.
  return /[^\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[\u0085\u2028\u2029]/u.test(text);
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
 * Text of several lines as `|`; undefined if it cannot be written so. Text that begins with a blank or a line break
 * needs a hint at its indentation; the reference then lets the first line break end the line of the `|`.
 */
function literalBlock(text: string, { indent, hint }: ScalarContext): string | undefined {
  const lines = text.split("\n");
  if (needsEscapes(text.replaceAll(/[\n\t]/g, "")) || text.endsWith(" ") || text.includes(" \n"))
    return undefined;
  const hinted = text.startsWith(" ") || text.startsWith("\n");
  if (hinted && hint === undefined) return undefined;
  const chomping = !text.endsWith("\n") ? "-" : text.endsWith("\n\n") || text === "\n" ? "+" : "";
  const body = text.endsWith("\n") ? lines.slice(0, -1) : lines;
  if (text.startsWith("\n")) body.shift();
  const padded = body.map((line) => (line === "" ? "" : " ".repeat(indent) + line));
  return [`|${hinted ? hint : ""}${chomping}`, ...padded].join("\n");
}

/** Escapes with a name. */
const named = new Map(
  [..."0\0a\x07b\bt\tn\nv\vf\fr\re\x1bN\x85L\u2028P\u2029".matchAll(/(.)(.)/gsu)].map(
    ([, name, char]) => [char, name] as const,
  ),
);

/** A double-quoted string. */
export function quoteDouble(text: string): string {
  let quoted = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const hex = code.toString(16).toUpperCase();
    const name = named.get(char);
    if (char === '"' || char === "\\") quoted += `\\${char}`;
    else if (name !== undefined) quoted += `\\${name}`;
    else if (!needsEscapes(char)) quoted += char;
    else if (code > 0xffff) quoted += `\\U${hex.padStart(8, "0")}`;
    else quoted += code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
  }
  return `"${quoted}"`;
}
