import type { ExactNumber } from "../numbers.ts";

/** A constant inside a schema. */
export type SchemaConstant =
  | null
  | boolean
  | number
  | ExactNumber
  | string
  | SchemaConstant[]
  | { [key: string]: SchemaConstant };

/** A bound of a schema. */
export type Bound = number | ExactNumber;

/** The language's subset of JSON Schema; `type` is empty where any type will do. */
export interface SchemaObject {
  $defs?: Record<string, Schema>;
  $ref?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  prefixItems?: Schema[];
  items?: Schema;
  additionalProperties?: Schema;
  properties?: Record<string, Schema>;
  type: string;
  const?: SchemaConstant;
  enum?: SchemaConstant[];
  multipleOf?: Bound;
  maximum?: Bound;
  exclusiveMaximum?: Bound;
  minimum?: Bound;
  exclusiveMinimum?: Bound;
  maxLength?: Bound;
  minLength?: Bound;
  pattern?: string;
  maxItems?: Bound;
  minItems?: Bound;
  uniqueItems?: boolean;
  maxProperties?: Bound;
  minProperties?: Bound;
  required?: string[];
  dependentRequired?: Record<string, string[]>;
  title?: string;
  description?: string;
  default?: SchemaConstant;
  deprecated?: boolean;
  examples?: SchemaConstant[];
  secret?: boolean;
  /** Properties that are read only while rotating. */
  rotateOnly?: string[];
}

/** A schema; `true` accepts every value and `false` none. */
export type Schema = boolean | SchemaObject;

/** A schema of one type, with an optional constant. */
export function typed(
  type: "null" | "boolean" | "number" | "string",
  constant?: SchemaConstant,
): SchemaObject {
  return constant === undefined ? { type } : { type, const: constant };
}

/** An array whose elements all have one schema. */
export function arrayOf(items: Schema): SchemaObject {
  return { type: "array", items };
}

/** An array of exactly these elements. */
export function tuple(items: readonly Schema[]): SchemaObject {
  return { ...(items.length > 0 && { prefixItems: [...items] }), items: false, type: "array" };
}

/** An object of exactly these properties, all of them required. */
export function record(properties: Iterable<readonly [string, Schema]>, additional?: Schema): SchemaObject {
  const entries = [...properties];
  return {
    ...(additional !== undefined && { additionalProperties: additional }),
    ...(entries.length > 0 && { properties: Object.fromEntries(entries) }),
    type: "object",
    ...(entries.length > 0 && { required: entries.map(([key]) => key).toSorted() }),
  };
}

/** The own property of a record of schemas; names such as `constructor` are ordinary keys here. */
export function ownProperty<T>(properties: Record<string, T> | undefined, key: string): T | undefined {
  return properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
}
