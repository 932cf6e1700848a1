import { isExactNumber } from "./numbers.ts";
import type { SchemaConstant } from "./schema/schema.ts";
import { compareKeys } from "./values.ts";
import type { EscValue } from "./wire.ts";

/** Plain data in which numbers keep their text; what `fn::toJSON` and `fn::toYAML` write. */
export type PlainData = SchemaConstant;

/** JSON as the reference writes it: keys in order, no blanks, and nothing that HTML would read as markup. */
export function encodeJson(data: PlainData): string {
  if (data === null) return "null";
  if (typeof data === "string") return encodeString(data);
  if (typeof data !== "object") return String(data);
  if (isExactNumber(data)) return data.rawJSON;
  if (Array.isArray(data)) return `[${data.map((element) => encodeJson(element)).join(",")}]`;
  const members = Object.entries(data)
    .toSorted(([a], [b]) => compareKeys(a, b))
    .map(([key, member]) => `${encodeString(key)}:${encodeJson(member)}`);
  return `{${members.join(",")}}`;
}

const unsafe = new Map([
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
]);

function encodeString(text: string): string {
  if (!text.isWellFormed()) {
    const inner = (char: string) => (char.isWellFormed() ? encodeString(char).slice(1, -1) : "\\ufffd");
    return `"${[...text].map(inner).join("")}"`;
  }
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (char) => unsafe.get(char) ?? char);
}

/** The plain data of a value. Unknown values become `[unknown]`. */
export function plainData(value: EscValue): PlainData {
  if (value.unknown) return "[unknown]";
  const { value: content } = value;
  if (content === undefined) return null;
  if (typeof content !== "object" || isExactNumber(content)) return content;
  if (Array.isArray(content)) return content.map(plainData);
  return Object.fromEntries(Object.entries(content).map(([key, member]) => [key, plainData(member)]));
}

/** The first value of a text, whatever follows it. */
const scalarAtStart =
  /^[ \t\r\n]*(?:"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![.eE])|true|false|null)/s;

/** Cuts off what follows the first value of a JSON text. The reference reads only that one. */
export function firstJsonValue(text: string): string {
  const scalar = scalarAtStart.exec(text)?.[0];
  if (scalar !== undefined) return scalar;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted) {
      if (char === "\\") at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "[" || char === "{") depth++;
    else if ((char === "]" || char === "}") && --depth === 0) return text.slice(0, at + 1);
  }
  return text;
}

/** Reads JSON text, keeping the text of numbers that `number` would change. Throws a SyntaxError. */
export function decodeJson(text: string, asNumber: (text: string) => PlainData): PlainData {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? asNumber(context?.source ?? String(value)) : wellFormed(value);
  return JSON.parse(text.toWellFormed(), reviver as (key: string, value: unknown) => unknown) as PlainData;
}

/** Half a surrogate pair, which JSON can write and UTF-8 cannot, becomes U+FFFD, as in the reference. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || Object.keys(value).every((key) => key.isWellFormed()))
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), member]));
}
