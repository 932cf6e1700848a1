import { accepting } from "../schema/accept.ts";
import { type Schema, typed } from "../schema/schema.ts";
import { validateValue } from "../schema/validate.ts";
import { addDiagnostics, type Scope } from "../scope.ts";
import type { Term } from "../terms.ts";
import { textOfBytes } from "../text-bytes.ts";
import { Value } from "../values.ts";

/** Evaluates an argument and checks it against what the function takes. */
export function evaluateTyped(scope: Scope, term: Term, schema: Schema): { value: Value; ok: boolean } {
  const value = scope.evaluate(term, accepting(schema));
  const { ok, faults } = validateValue(value, schema);
  addDiagnostics(scope.session, faults);
  return { value, ok };
}

/** Text from outside. Bytes that are no text are kept; only what leaves the evaluation must be without them. */
export function receivedText(scope: Scope, bytes: Uint8Array): string {
  const text = textOfBytes(bytes);
  if (!text.isWellFormed()) scope.session.looseBytes = true;
  return text;
}

/** A result that is not known, because an argument is wrong or not known itself. */
export function unknownResult(term: Term): Value {
  return new Value(term, term.schema, { unknown: true });
}

/** Computes a string from a string; unknown or secret if that is. `compute` returns undefined after a fault. */
export function mapString(
  scope: Scope,
  term: Term,
  argument: Term,
  compute: (text: string) => Value["content"] | undefined,
): Value {
  const { value: source, ok } = evaluateTyped(scope, argument, typed("string"));
  const value = new Value(term, term.schema);
  if (!ok) {
    value.unknown = true;
    return value;
  }
  value.combine(source);
  if (value.unknown || typeof source.content !== "string") return value;
  const result = compute(source.content);
  if (result === undefined) value.unknown = true;
  else value.content = result;
  if (typeof result === "string") scope.session.budget.spendCharacters(result.length);
  return value;
}
