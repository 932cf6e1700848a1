import type { Diagnostic } from "../diagnostics.ts";
import { encodeJson } from "../json-text.ts";
import { isExactNumber, NumberText, wireNumberText } from "../numbers.ts";
import type { Value } from "../values.ts";
import { elementSchema } from "./accept.ts";
import { checkArray, checkNumber, checkRequired, checkSize, checkString } from "./bounds.ts";
import { compileSchema, refTarget } from "./compile.ts";
import { schemaFits } from "./fits.ts";
import { ownProperty, type Schema, type SchemaConstant, type SchemaObject } from "./schema.ts";
import { type Place, placeOf, Validation } from "./validator.ts";

/** Checks a value against a schema. What is wrong is reported at the term that defines the value. */
export function validateValue(
  value: Value,
  schema: Schema | undefined,
): { ok: boolean; faults: Diagnostic[] } {
  if (schema === undefined || schema === true) return { ok: true, faults: [] };
  const validation = new Validation();
  const invalid = compileSchema(schema);
  if (invalid !== undefined) {
    validation.fail(placeOf(value.definition), `internal error: invalid schema: ${invalid}`);
    return { ok: false, faults: validation.faults };
  }
  const ok = check(validation, value, schema, placeOf(value.definition));
  return { ok, faults: validation.faults };
}

function check(validation: Validation, value: Value, schema: Schema | undefined, place: Place): boolean {
  if (schema === undefined || schema === true) return true;
  if (schema === false) return false;
  return validation.step(() => checkAll(validation, value, schema, place));
}

function checkAll(validation: Validation, value: Value, schema: SchemaObject, place: Place): boolean {
  if (value.unknown) return schemaFits(validation, value.schema, schema, place);
  const target = refTarget(schema);
  const results = [
    target === undefined || check(validation, value, target, place),
    validation.some(place, schema.anyOf, (inner, option) => check(inner, value, option, place)),
    checkOneOf(validation, value, schema, place),
    checkConst(validation, value, schema, place),
    checkEnum(validation, value, schema, place),
    checkContent(validation, value, schema, place),
  ];
  return results.every((ok) => ok);
}

function checkOneOf(validation: Validation, value: Value, schema: SchemaObject, place: Place): boolean {
  let matches = 0;
  const attempt = (inner: Validation, option: Schema) => {
    const ok = check(inner, value, option, place);
    if (ok) matches++;
    return ok;
  };
  const some = validation.some(place, schema.oneOf, attempt, "exactly one subschema must match");
  return matches > 1 ? validation.fail(place, "exactly one subschema may match") : some;
}

function checkConst(validation: Validation, value: Value, schema: SchemaObject, place: Place): boolean {
  if (schema.const === undefined || schema.const === null || equals(value, schema.const)) return true;
  return validation.fail(place, `expected ${encodeJson(schema.const)}`);
}

function checkEnum(validation: Validation, value: Value, schema: SchemaObject, place: Place): boolean {
  const { enum: options = [] } = schema;
  if (options.length === 0 || options.some((option) => equals(value, option))) return true;
  const [only, second] = options;
  if (only !== undefined && second === undefined)
    return validation.fail(place, `expected ${encodeJson(only)}`);
  return validation.fail(place, `expected one of ${encodeJson(options)}`);
}

function equals(value: Value, constant: SchemaConstant): boolean {
  const { content } = value;
  if (typeof constant === "number" || isExactNumber(constant)) {
    return content instanceof NumberText && content.text === wireNumberText(constant);
  }
  if (constant === null || typeof constant !== "object") return content === constant;
  if (Array.isArray(constant)) {
    if (!Array.isArray(content) || content.length !== constant.length) return false;
    return content.every((element, i) => equals(element, constant[i] ?? null));
  }
  if (!(content instanceof Map) || content.size !== Object.keys(constant).length) return false;
  return Object.entries(constant).every(([key, expected]) => {
    const property = content.get(key);
    return property !== undefined && equals(property, expected);
  });
}

function checkContent(validation: Validation, value: Value, schema: SchemaObject, place: Place): boolean {
  // Parts are blamed on the terms that define them, whatever contains them.
  const { content } = value;
  const actual = typeName(content);
  if (schema.type !== "" && actual !== schema.type) {
    return validation.fail(place, `expected ${schema.type}, got ${actual}`);
  }
  if (content instanceof NumberText) return checkNumber(validation, content, schema, place);
  if (typeof content === "string") return checkString(validation, content, schema, place);
  if (Array.isArray(content)) {
    const ok = checkArray(validation, content.length, schema, place);
    return content.reduce((all, element, i) => {
      return check(validation, element, elementSchema(schema, i), placeOf(element.definition)) && all;
    }, ok);
  }
  if (!(content instanceof Map)) return true;
  const keys = value.keys();
  let ok = checkSize(validation, keys.length, schema, place);
  for (const key of keys) {
    const property = value.property(key);
    const expected = ownProperty(schema.properties, key) ?? schema.additionalProperties;
    if (property && !check(validation, property, expected, placeOf(property.definition))) ok = false;
  }
  return checkRequired(validation, new Set(keys), schema, place) && ok;
}

function typeName(content: Value["content"]): string {
  if (content === null) return "null";
  if (content instanceof NumberText) return "number";
  if (Array.isArray(content)) return "array";
  return content instanceof Map ? "object" : typeof content;
}
