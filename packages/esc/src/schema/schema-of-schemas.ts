import type { Schema, SchemaObject } from "./schema.ts";

const schema: Schema = { $ref: "#/$defs/schema", type: "" };
const string: Schema = { type: "string" };
const number: Schema = { type: "number" };
const boolean: Schema = { type: "boolean" };
const list: Schema = { type: "array" };
const any: Schema = { type: "" };
const schemas: Schema = { items: schema, type: "array" };
const schemaMap: Schema = { additionalProperties: schema, type: "object" };
const names: Schema = { items: string, type: "array" };

/** The schema that the schemas given to `fn::validate` must satisfy. */
export const schemaOfSchemas: SchemaObject = {
  $defs: {
    schema: {
      anyOf: [
        boolean,
        {
          properties: {
            $defs: schemaMap,
            $ref: string,
            anyOf: schemas,
            oneOf: schemas,
            prefixItems: schemas,
            items: schema,
            additionalProperties: schema,
            properties: schemaMap,
            type: { type: "string", enum: ["string", "number", "boolean", "array", "object", "null"] },
            const: any,
            enum: list,
            multipleOf: number,
            maximum: number,
            exclusiveMaximum: number,
            minimum: number,
            exclusiveMinimum: number,
            maxLength: number,
            minLength: number,
            pattern: string,
            maxItems: number,
            minItems: number,
            uniqueItems: boolean,
            maxProperties: number,
            minProperties: number,
            required: names,
            dependentRequired: { additionalProperties: names, type: "object" },
            title: string,
            description: string,
            default: any,
            deprecated: boolean,
            examples: list,
          },
          type: "object",
        },
      ],
      type: "",
    },
  },
  $ref: "#/$defs/schema",
  type: "",
};
