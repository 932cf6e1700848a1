import { refTarget } from "./compile.ts";
import { ownProperty, type Schema, type SchemaObject } from "./schema.ts";
import { elementPlace, type Place, propertyPlace, type Validation } from "./validator.ts";

/**
 * Checks that values of one schema fit another one, for values that are not known yet. It is lenient: `oneOf` is
 * treated as `anyOf`, because one value will come of it in the end.
 */
export function schemaFits(
  validation: Validation,
  given: Schema | undefined,
  accept: Schema | undefined,
  place: Place,
): boolean {
  if (accept === undefined || accept === true) return true;
  if (accept === false) return false;
  if (given === undefined || given === true) return true;
  if (given === false) return false;
  return validation.step(() => fitsAll(validation, given, accept, place));
}

function fitsAll(validation: Validation, given: SchemaObject, accept: SchemaObject, place: Place): boolean {
  const acceptTarget = refTarget(accept);
  const givenTarget = refTarget(given);
  const results = [
    acceptTarget === undefined || schemaFits(validation, given, acceptTarget, place),
    givenTarget === undefined || schemaFits(validation, givenTarget, accept, place),
    validation.some(place, given.anyOf, (inner, option) => schemaFits(inner, option, accept, place)),
    validation.some(place, given.oneOf, (inner, option) => schemaFits(inner, option, accept, place)),
    typeFits(validation, given, accept, place),
    validation.some(place, accept.anyOf, (inner, option) => schemaFits(inner, given, option, place)),
    validation.some(place, accept.oneOf, (inner, option) => schemaFits(inner, given, option, place)),
    given.type !== "array" || arrayFits(validation, given, accept, place),
    given.type !== "object" || objectFits(validation, given, accept, place),
  ];
  return results.every((ok) => ok);
}

function typeFits(validation: Validation, given: SchemaObject, accept: SchemaObject, place: Place): boolean {
  if (given.type === "" || accept.type === "" || given.type === accept.type) return true;
  return validation.fail(place, `expected ${accept.type}, got ${given.type}`);
}

/** Each element that one of the two describes must fit what the other says about its place. */
function arrayFits(validation: Validation, given: SchemaObject, accept: SchemaObject, place: Place): boolean {
  const [mine, theirs] = [given.prefixItems ?? [], accept.prefixItems ?? []];
  let ok = true;
  for (let i = 0; i < Math.max(mine.length, theirs.length); i++) {
    const at = elementPlace(place, i);
    ok = schemaFits(validation, mine[i] ?? given.items, theirs[i] ?? accept.items, at) && ok;
  }
  if (given.items === undefined || given.items === false) return ok;
  return schemaFits(validation, given.items, accept.items, place) && ok;
}

/** Each property must fit, and all that is required must be there, unless more properties may come. */
function objectFits(
  validation: Validation,
  given: SchemaObject,
  accept: SchemaObject,
  place: Place,
): boolean {
  let ok = true;
  for (const [name, schema] of Object.entries(given.properties ?? {})) {
    const expected = ownProperty(accept.properties, name) ?? accept.additionalProperties;
    ok = schemaFits(validation, schema, expected, propertyPlace(place, name)) && ok;
  }
  const { additionalProperties: additional } = given;
  if (additional === undefined) return requiredFits(validation, given, accept, place) && ok;
  if (additional === false) return ok;
  return schemaFits(validation, additional, accept.additionalProperties, place) && ok;
}

function requiredFits(
  validation: Validation,
  given: SchemaObject,
  accept: SchemaObject,
  place: Place,
): boolean {
  const sure = new Set(given.required);
  const dependent = Object.entries(accept.dependentRequired ?? {});
  const names = [
    ...(accept.required ?? []),
    ...dependent.flatMap(([key, needed]) => (sure.has(key) ? needed : [])),
  ];
  let ok = true;
  for (const name of names) {
    if (!sure.has(name)) ok = validation.fail(propertyPlace(place, name), "missing required property");
  }
  return ok;
}
