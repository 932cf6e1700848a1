/** What the bridge does to the inputs of any resource type before anything is planned. */
import { isArray, type Properties, plainProperties, secret, UNKNOWN, type Value } from "./properties.ts";
import type { CheckResult } from "./resource.ts";
import { type Field, type Fields, within } from "./terraform.ts";

export type Fail = (property: string, reason: string) => void;

/**
 * Missing and wrong values, all of them. Names that the schema does not have are dropped without a word, and every input that it
 * calls sensitive becomes a secret, also when the program gave it in clear. `missing`: what the real plugin takes and the
 * stand-in does not; it is said, not dropped.
 */
export function checkFields(
  type: string,
  fields: Fields,
  missing: readonly string[],
  marked: Properties,
  more: (inputs: Properties, fail: Fail) => void = () => {},
): CheckResult {
  const inputs = plainProperties(marked);
  const failures: { property: string; reason: string }[] = [];
  const fail: Fail = (property, reason) => failures.push({ property, reason });
  for (const property of missing) {
    if (isMissing(inputs[property])) continue;
    fail(
      property,
      `'${property}' of ${type.split(":").at(-1)} is not in the stand-in; the real plugin has it`,
    );
  }
  checkMembers(fields, inputs, "", fail);
  more(inputs, fail);
  return { inputs: markSensitive(fields, withoutUnknownNames(fields, inputs)), failures };
}

function checkMembers(fields: Fields, inputs: Properties, path: string, fail: Fail): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = inputs[name] ?? null;
    if (value === null) {
      if (field.mode === "required") fail(`${path}${name}`, `Missing required property '${name}'`);
      continue;
    }
    checkOneOf(field, value, `${path}${name}`, fail);
    within(field, value, (members, element, key) => {
      const place = key === undefined ? "" : field.map ? `.${key}` : `[${key}]`;
      checkMembers(members, element, `${path}${name}${place}.`, fail);
      return element;
    });
  }
}

function checkOneOf(field: Field, value: Value, path: string, fail: Fail): void {
  const { oneOf } = field;
  if (isArray(value)) {
    for (const [index, element] of value.entries()) checkOneOf(field, element, `${path}[${index}]`, fail);
  }
  if (!oneOf || typeof value !== "string" || value === UNKNOWN) return;
  if (oneOf.some((allowed) => allowed.toLowerCase() === value.toLowerCase())) return;
  const allowed = oneOf.map((name) => `"${name}"`).join(" ");
  fail(path, `value must be one of: [${allowed}], got: "${value}"`);
}

export function isMissing(value: Value | undefined): boolean {
  return value === undefined || value === null;
}

function markSensitive(fields: Fields, inputs: Properties): Properties {
  const marked: Record<string, Value> = {};
  for (const [name, value] of Object.entries(inputs)) {
    const field = fields[name];
    if (value === null) continue;
    if (field?.sensitive) marked[name] = secret(value);
    else marked[name] = field ? within(field, value, markSensitive) : value;
  }
  return marked;
}

function withoutUnknownNames(fields: Fields, inputs: Properties): Properties {
  const known: [string, Value][] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const field = fields[name];
    if (field) known.push([name, within(field, value, withoutUnknownNames)]);
  }
  return Object.fromEntries(known);
}
