import { ownProperty, type Schema, type SchemaObject } from "./schema.ts";

/** What a place accepts: a schema, and whether only rotation reads what is there. */
export interface Accept {
  readonly schema: Schema | undefined;
  readonly rotateOnly: boolean;
}

/** Accepts everything. */
export const anything: Accept = { schema: true, rotateOnly: false };

/** Accepts what the schema describes. */
export function accepting(schema: Schema): Accept {
  return { schema, rotateOnly: false };
}

/** What an element of an accepted array must be. */
export function acceptElement(accept: Accept, index: number): Accept {
  return step(accept, (schema) => ({
    schema: schema.type === "array" ? elementSchema(schema, index) : false,
    rotateOnly: false,
  }));
}

/** What a property of an accepted object must be. */
export function acceptProperty(accept: Accept, key: string): Accept {
  return step(accept, (schema) => ({
    schema:
      schema.type === "object" ? (ownProperty(schema.properties, key) ?? schema.additionalProperties) : false,
    rotateOnly: schema.rotateOnly?.includes(key) === true,
  }));
}

/** The schema of an element of an array schema; undefined if it says nothing about it. */
export function elementSchema(schema: SchemaObject, index: number): Schema | undefined {
  return schema.prefixItems?.[index] ?? schema.items;
}

/** The schema of what an unknown value of the given schema has at an index or a key. */
export function memberSchema(schema: Schema, step: string | number): Schema {
  const accept = accepting(schema);
  const member = typeof step === "number" ? acceptElement(accept, step) : acceptProperty(accept, step);
  return member.schema ?? false;
}

type Member = (schema: SchemaObject) => { schema: Schema | undefined; rotateOnly: boolean };

/** Takes one step in the schema itself and in each of its alternatives. */
function step(accept: Accept, member: Member): Accept {
  const { schema } = accept;
  const none: Accept = { schema: false, rotateOnly: false };
  if (typeof schema !== "object") return none;
  const own = member(schema);
  const options = [
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((s) => step({ ...accept, schema: s }, member)),
    { schema: own.schema, rotateOnly: accept.rotateOnly || own.rotateOnly },
  ].filter((option) => option.schema !== undefined && option.schema !== false);
  const [first, second] = options;
  if (!first) return none;
  if (!second) return first;
  const oneOf = options.flatMap((option) => (option.schema === undefined ? [] : [option.schema]));
  return { schema: { oneOf, type: "" }, rotateOnly: options.every((option) => option.rotateOnly) };
}
