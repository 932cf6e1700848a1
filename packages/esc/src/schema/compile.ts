import { compilePattern, type Pattern } from "./pattern.ts";
import { ownProperty, type Schema, type SchemaObject } from "./schema.ts";

/** What checked schemas refer to. Kept beside them, because a schema is sent as it is. */
const targets = new WeakMap<SchemaObject, Schema>();
const patterns = new WeakMap<SchemaObject, Pattern>();
const compiled = new WeakMap<SchemaObject, string | undefined>();

/** The schema that a schema's `$ref` names; undefined without one. */
export function refTarget(schema: SchemaObject): Schema | undefined {
  return targets.get(schema);
}

/** The pattern that strings must match; undefined without one. */
export function patternOf(schema: SchemaObject): Pattern | undefined {
  return patterns.get(schema);
}

/** Checks a schema and resolves its references; returns what is wrong with it. Done once for each schema. */
export function compileSchema(schema: Schema): string | undefined {
  if (typeof schema === "boolean") return undefined;
  if (!compiled.has(schema)) compiled.set(schema, compile(schema, schema));
  return compiled.get(schema);
}

function compile(schema: Schema | undefined, root: SchemaObject): string | undefined {
  if (typeof schema !== "object" || (schema !== root && compiled.has(schema))) return undefined;
  // Marked before its parts are visited, because references may lead back here.
  compiled.set(schema, undefined);
  return compileRef(schema, root) ?? compileParts(schema, root) ?? compilePatternOf(schema);
}

function compileParts(schema: SchemaObject, root: SchemaObject): string | undefined {
  const parts = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.prefixItems ?? []),
    schema.items,
    schema.additionalProperties,
    ...Object.values(schema.properties ?? {}),
  ];
  for (const part of parts) {
    const invalid = compile(part, root);
    if (invalid !== undefined) return invalid;
  }
  return undefined;
}

function compileRef(schema: SchemaObject, root: SchemaObject): string | undefined {
  const { $ref: ref } = schema;
  if (ref === undefined || ref === "") return undefined;
  const name = referenceName(ref);
  if (name === undefined) return "only fragment references of the form #/$defs/ref are supported";
  const target = ownProperty(root.$defs, name);
  if (target === undefined) return `unknown subschema ${ref}`;
  // A chain of bare references that bites its own tail would be followed for ever.
  for (let next: Schema | undefined = target; typeof next === "object"; next = targets.get(next)) {
    if (next === schema) return `cyclic reference ${ref}`;
  }
  targets.set(schema, target);
  return compile(target, root);
}

function compilePatternOf(schema: SchemaObject): string | undefined {
  if (schema.pattern === undefined || schema.pattern === "") return undefined;
  const pattern = compilePattern(schema.pattern);
  if ("error" in pattern) return pattern.error;
  patterns.set(schema, pattern);
  return undefined;
}

/** The name in `#/$defs/name`; undefined for any other reference. */
function referenceName(ref: string): string | undefined {
  const prefix = "#/$defs/";
  if (!ref.startsWith(prefix) || ref.indexOf("/", prefix.length) >= 0) return undefined;
  try {
    return decodeURIComponent(ref.slice(prefix.length));
  } catch {
    return undefined;
  }
}
