import { record, type Schema, type SchemaObject } from "./schema.ts";

/** The schema of a value that overrides another one: objects merge, all else replaces. */
export function mergeSchemas(base: Schema, top: Schema): Schema {
  return mergeAll([base, top]) ?? top;
}

/** A merge that is made when somebody looks: most values are merged again before anybody does. */
export class MergedSchema {
  readonly #base: Schema | MergedSchema;
  readonly #top: Schema | MergedSchema;
  #result: Schema | undefined;

  constructor(base: Schema | MergedSchema, top: Schema | MergedSchema) {
    this.#base = base;
    this.#top = top;
  }

  get result(): Schema {
    if (this.#result !== undefined) return this.#result;
    const tops: Schema[] = [];
    let base: Schema | MergedSchema = this;
    while (base instanceof MergedSchema && base.#result === undefined) {
      tops.push(schemaOf(base.#top));
      base = base.#base;
    }
    this.#result = mergeAll([schemaOf(base), ...tops.reverse()]) ?? true;
    return this.#result;
  }
}

/** The schema itself. */
export function schemaOf(schema: Schema | MergedSchema): Schema {
  return schema instanceof MergedSchema ? schema.result : schema;
}

/** Merges from left to right, each over those before it; in one pass, however many there are. */
function mergeAll(schemas: readonly Schema[]): Schema | undefined {
  const objects = schemas.slice(schemas.findLastIndex((schema) => !isObjectSchema(schema)) + 1);
  if (objects.length < 2) return schemas.at(-1);
  const members = new Map<string, Schema[]>();
  const additional: Schema[] = [];
  for (const object of objects) {
    if (!isObjectSchema(object)) continue;
    if (object.additionalProperties !== undefined) additional.push(object.additionalProperties);
    for (const [key, schema] of Object.entries(object.properties ?? {})) {
      const before = members.get(key);
      if (before) before.push(schema);
      else members.set(key, [schema]);
    }
  }
  const merged = [...members].map(([key, all]) => [key, mergeAll(all) ?? true] as const);
  return record(merged, additional.length > 1 ? true : additional[0]);
}

function isObjectSchema(schema: Schema): schema is SchemaObject {
  return typeof schema === "object" && schema.type === "object";
}
