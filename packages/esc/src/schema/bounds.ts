import { type NumberText, wireNumberText } from "../numbers.ts";
import { quote } from "../text-of-value.ts";
import { utf8Length } from "../text-width.ts";
import { patternOf } from "./compile.ts";
import type { Bound, SchemaObject } from "./schema.ts";
import type { Place, Validation } from "./validator.ts";

/** A bound that a number passes, as a message, or undefined. */
type Rule = [
  bound: Bound | undefined,
  broken: (bound: number) => boolean,
  message: (bound: string) => string,
];

function check(validation: Validation, place: Place, rules: readonly Rule[]): boolean {
  let ok = true;
  for (const [bound, broken, message] of rules) {
    if (bound === undefined) continue;
    const text = wireNumberText(bound);
    if (broken(Number(text))) ok = validation.fail(place, message(text));
  }
  return ok;
}

/** Checks a number against the bounds of a schema. */
export function checkNumber(
  validation: Validation,
  number: NumberText,
  schema: SchemaObject,
  place: Place,
): boolean {
  const n = Number(number.text);
  return check(validation, place, [
    [schema.multipleOf, (m) => !Number.isInteger(n / m), (m) => `expected a multiple of ${m}`],
    [schema.minimum, (m) => n < m, (m) => `expected a number greater than or equal to ${m}`],
    [schema.exclusiveMinimum, (m) => n <= m, (m) => `expected a number greater than ${m}`],
    // The reference lacks the blank, too.
    [schema.maximum, (m) => n > m, (m) => `expected a number less than or equal to${m}`],
    [schema.exclusiveMaximum, (m) => n >= m, (m) => `expected a number less than ${m}`],
  ]);
}

/** Checks a string against the bounds and the pattern of a schema. Lengths are in bytes. */
export function checkString(
  validation: Validation,
  text: string,
  schema: SchemaObject,
  place: Place,
): boolean {
  const length = utf8Length(text);
  const ok = check(validation, place, [
    [schema.minLength, (m) => length < m, (m) => `expected a string of at least length ${m}`],
    [schema.maxLength, (m) => length > m, (m) => `expected a string of at most length ${m}`],
  ]);
  const pattern = patternOf(schema);
  if (!pattern || pattern.test(text)) return ok;
  return validation.fail(place, `string must match the pattern ${quote(pattern.source)}`);
}

/** Checks the length of an array. */
export function checkArray(
  validation: Validation,
  length: number,
  schema: SchemaObject,
  place: Place,
): boolean {
  return check(validation, place, [
    [schema.minItems, (m) => length < m, (m) => `expected an array with at least ${m} items`],
    [schema.maxItems, (m) => length > m, (m) => `expected an array with at most ${m} items`],
  ]);
}

/** Checks the number of an object's properties. */
export function checkSize(validation: Validation, size: number, schema: SchemaObject, place: Place): boolean {
  return check(validation, place, [
    [schema.minProperties, (m) => size < m, (m) => `expected an object with at least ${m} properties`],
    [schema.maxProperties, (m) => size > m, (m) => `expected an object with at most ${m} properties`],
  ]);
}

/** Checks that an object has the properties that it must have. */
export function checkRequired(
  validation: Validation,
  keys: ReadonlySet<string>,
  schema: SchemaObject,
  place: Place,
): boolean {
  const dependent = Object.entries(schema.dependentRequired ?? {});
  const required = [
    ...(schema.required ?? []),
    ...dependent.flatMap(([key, names]) => (keys.has(key) ? names : [])),
  ];
  const missing = required.filter((name) => !keys.has(name));
  return missing.length === 0 || validation.fail(place, `missing required properties: ${missing.join(", ")}`);
}
