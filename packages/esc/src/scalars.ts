import { formatFloat } from "./numbers.ts";

/** What a YAML scalar means: the reference follows YAML 1.2 with the octal numbers of 1.1 (`0123` is 83). */
export type Scalar =
  | { kind: "null" }
  | { kind: "boolean"; value: boolean }
  | { kind: "number"; text: string }
  | { kind: "string" };

const nulls = new Set(["", "~", "null", "Null", "NULL"]);
const booleans = new Map([
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
]);

const string: Scalar = { kind: "string" };

/** The meaning of a plain (unquoted, untagged) scalar. */
export function resolvePlain(text: string): Scalar {
  if (nulls.has(text)) return { kind: "null" };
  const boolean = booleans.get(text);
  if (boolean !== undefined) return { kind: "boolean", value: boolean };
  return resolveNumber(text) ?? string;
}

/** The meaning of a scalar with an explicit tag; undefined if the text is none of the kind that the tag names. */
export function resolveTagged(tag: string, text: string): Scalar | undefined {
  switch (tag) {
    case "tag:yaml.org,2002:null":
      return { kind: "null" };
    case "tag:yaml.org,2002:bool": {
      const value = booleans.get(text);
      return value === undefined ? undefined : { kind: "boolean", value };
    }
    case "tag:yaml.org,2002:int":
    case "tag:yaml.org,2002:float":
      return resolveNumber(text);
    default:
      // Strings, binary, timestamps and tags of other languages are text, as in the reference.
      return string;
  }
}

/** Reads a number, or returns undefined if the text is none. JSON has no infinities, so `.inf` and `.nan` are text. */
function resolveNumber(text: string): Scalar | undefined {
  const first = text.charAt(0);
  if (!(first === "+" || first === "-" || first === "." || (first >= "0" && first <= "9"))) return undefined;
  const plain = text.replaceAll("_", "");
  const integer = readInteger(plain);
  if (integer !== undefined) return { kind: "number", text: integer };
  const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)
    ? Number(plain)
    : Number.NaN;
  return Number.isFinite(float) ? { kind: "number", text: formatFloat(float) } : undefined;
}

const maxUint64 = 0xffff_ffff_ffff_ffffn;
const minInt64 = -0x8000_0000_0000_0000n;

/** Reads an integer of up to 64 bits; larger ones are floats. */
function readInteger(text: string): string | undefined {
  const negative = text.startsWith("-");
  const digits = negative || text.startsWith("+") ? text.slice(1) : text;
  const based = /^0[xX][0-9a-fA-F]+$|^0[oO][0-7]+$|^0[bB][01]+$/.test(digits) ? digits : undefined;
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : undefined;
  const decimal = /^(0|[1-9][0-9]*)$/.test(digits) && digits.length <= 20 ? digits : undefined;
  const literal = based ?? octal ?? decimal;
  if (literal === undefined || literal.length > 70) return undefined;
  const magnitude = BigInt(literal);
  const value = negative ? -magnitude : magnitude;
  return value > maxUint64 || value < minInt64 ? undefined : String(value);
}
