import { isExactNumber } from "../numbers.ts";
import type { Schema, SchemaConstant, SchemaObject } from "./schema.ts";

/** Members that hold one schema, a list of them, and schemas by name. All others are taken as they are. */
const single = new Set(["items", "additionalProperties"]);
const listed = new Set(["anyOf", "oneOf", "prefixItems"]);
const named = new Set(["$defs", "properties"]);

/** Makes a schema of data that has been checked to be one. */
export function schemaFromData(data: SchemaConstant): Schema {
  if (typeof data === "boolean") return data;
  const members = Object.entries(asRecord(data)).map(([key, value]): [string, unknown] => {
    if (single.has(key)) return [key, schemaFromData(value)];
    if (listed.has(key)) return [key, Array.isArray(value) ? value.map(schemaFromData) : []];
    if (named.has(key)) {
      const schemas = Object.entries(asRecord(value)).map(([name, schema]) => [name, schemaFromData(schema)]);
      return [key, Object.fromEntries(schemas)];
    }
    return [key, value];
  });
  return { type: "", ...Object.fromEntries(members) } as SchemaObject;
}

function asRecord(data: SchemaConstant): Record<string, SchemaConstant> {
  return typeof data === "object" && data !== null && !Array.isArray(data) && !isExactNumber(data)
    ? data
    : {};
}
