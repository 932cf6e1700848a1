import { Base64Error, decodeBase64, encodeBase64 } from "../base64.ts";
import { exportValue, importValue, makeSecret } from "../export-value.ts";
import { decodeJson, encodeJson, firstJsonValue, type PlainData, plainData } from "../json-text.ts";
import { jsonToValue } from "../json-values.ts";
import { isExactNumber, toWireNumber } from "../numbers.ts";
import { anything } from "../schema/accept.ts";
import { typed } from "../schema/schema.ts";
import { report, type Scope } from "../scope.ts";
import type { Term } from "../terms.ts";
import { bytesOfText } from "../text-bytes.ts";
import { textOfValue } from "../text-of-value.ts";
import { Value } from "../values.ts";
import { encodeYaml } from "../yaml-text.ts";
import { evaluateTyped, mapString, receivedText, unknownResult } from "./arguments.ts";

/** `fn::toString: value`. */
export function callToString(scope: Scope, term: Term, argument: Term): Value {
  const { budget } = scope.session;
  const source = scope.evaluate(argument, anything);
  const { text, unknown, secret } = textOfValue(source, (characters) => budget.spendCharacters(characters));
  return new Value(term, term.schema, { content: unknown ? null : text, unknown, secret });
}

/** `fn::toJSON: value`. */
export function callToJson(scope: Scope, term: Term, argument: Term): Value {
  return serialize(scope, term, argument, encodeJson);
}

/** `fn::toYAML: value`. */
export function callToYaml(scope: Scope, term: Term, argument: Term): Value {
  return serialize(scope, term, argument, encodeYaml);
}

function serialize(scope: Scope, term: Term, argument: Term, encode: (data: PlainData) => string): Value {
  const source = scope.evaluate(argument, anything);
  const value = new Value(term, term.schema);
  value.combine(source);
  if (value.unknown) return value;
  const text = encode(plainData(exportValue(source, "")));
  scope.session.budget.spendCharacters(text.length);
  value.content = text;
  return value;
}

/** `fn::fromJSON: string`. Everything inside a secret string is secret. */
export function callFromJson(scope: Scope, term: Term, argument: Term): Value {
  const { value: source, ok } = evaluateTyped(scope, argument, typed("string"));
  if (!ok) return unknownResult(term);
  const value = new Value(term, term.schema);
  value.combine(source);
  if (value.unknown || typeof source.content !== "string") return value;
  const parsed = parseJson(source.content);
  if ("error" in parsed) {
    // The engine's own message quotes the text, which may be secret.
    report(scope, term.at, `decoding JSON string: ${parsed.error}`);
    value.unknown = true;
    return value;
  }
  scope.session.budget.spendValues(count(parsed.data));
  const outer = jsonToValue(parsed.data);
  return importValue(value.secret ? makeSecret(outer) : outer, term);
}

const deepestJson = 500;

function parseJson(given: string): { data: PlainData } | { error: string } {
  const text = firstJsonValue(given);
  if (nesting(text) > deepestJson) return { error: "nested too deeply" };
  try {
    return { data: decodeJson(text, toWireNumber) };
  } catch {
    return { error: text.trim() === "" ? "EOF" : "the text is not valid JSON" };
  }
}

/** A bound on how deeply brackets nest; those in strings count, too. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}

function count(data: PlainData): number {
  if (typeof data !== "object" || data === null || isExactNumber(data)) return 1;
  return Object.values(data as Record<string, PlainData>).reduce<number>(
    (sum, member) => sum + count(member),
    1,
  );
}

/** `fn::toBase64: string`. */
export function callToBase64(scope: Scope, term: Term, argument: Term): Value {
  return mapString(scope, term, argument, (text) => encodeBase64(bytesOfText(text)));
}

/** `fn::fromBase64: string`. */
export function callFromBase64(scope: Scope, term: Term, argument: Term): Value {
  return mapString(scope, term, argument, (text) => {
    try {
      return receivedText(scope, decodeBase64(text));
    } catch (error) {
      if (!(error instanceof Base64Error)) throw error;
      report(scope, term.at, `decoding base64 string: ${error.message}`);
      return undefined;
    }
  });
}
