import { NumberText } from "./numbers.ts";
import { looseByte } from "./text-bytes.ts";
import { compareKeys, type Value } from "./values.ts";

/** The text of a value, with whether the value is known and whether it is secret. */
export interface ValueText {
  text: string;
  unknown: boolean;
  secret: boolean;
}

/**
 * The text of a value inside an interpolated string: lists are quoted items, objects are `"key"="value"` pairs.
 * Each level quotes the quotes of the one below, so the text may double with each: `spend` is told of every piece.
 */
export function textOfValue(value: Value, spend: (characters: number) => void): ValueText {
  if (value.unknown) return { text: "[unknown]", unknown: true, secret: value.secret };
  const { content, secret } = value;
  if (content === null) return { text: "", unknown: false, secret };
  if (typeof content === "boolean") return { text: String(content), unknown: false, secret };
  if (typeof content === "string") return { text: content, unknown: false, secret };
  if (content instanceof NumberText) return { text: content.text, unknown: false, secret };

  const quoted = (element: Value, prefix: string): ValueText => {
    const inner = textOfValue(element, spend);
    spend(inner.text.length);
    return { ...inner, text: prefix + quote(inner.text) };
  };
  const parts = Array.isArray(content)
    ? content.map((element) => quoted(element, ""))
    : [...content]
        .toSorted(([a], [b]) => compareKeys(a, b))
        .map(([key, property]) => quoted(property, `${quote(key)}=`));
  return {
    text: parts.map((part) => part.text).join(","),
    unknown: parts.some((part) => part.unknown),
    secret: secret || parts.some((part) => part.secret),
  };
}

const escapes = new Map([
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/** Quotes text as the reference does (Go's `%q`). */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (escapes.has(char)) quoted += escapes.get(char);
    else if (looseByte(char) !== undefined) quoted += `\\x${looseByte(char)?.toString(16)}`;
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (printable(char)) quoted += char;
    else if (code > 0xffff) quoted += `\\U${code.toString(16).padStart(8, "0")}`;
    else quoted += `\\u${code.toString(16).padStart(4, "0")}`;
  }
  return `${quoted}"`;
}

/** Letters, marks, numbers, punctuation, symbols and the plain blank. */
function printable(char: string): boolean {
  return char === " " || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char);
}
