import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import type { JsonSchema, OpenApi } from "./openapi.ts";

const COMPONENTS = "contract";
const SCHEMA = "#/components/schemas/EscSchemaSchema";

/** Where a schema stands: as the whole description of a value, or as a part of one, joined by `allOf` or `$ref`. */
type Position = "value" | "part";

/**
 * Validators of the contract's schemas, stricter than written in one point: a field that the contract does not
 * know is a fault, for clients can't be expected to read it. And wider where the contract was generated from Go types
 * that are written in JSON in another way: `type: object` without fields is any JSON, a list of bytes is one base64
 * text, and a schema may be just `true` or `false`.
 */
export class Schemas {
  readonly #ajv = new Ajv2019({
    strict: false,
    allErrors: true,
    formats: {
      "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
      byte: /^[A-Za-z0-9+/]*={0,2}$/,
      int32: true,
      int64: true,
      double: true,
    },
  });
  readonly #document: OpenApi;
  readonly #compiled = new Map<JsonSchema, ValidateFunction>();

  constructor(document: OpenApi) {
    this.#document = document;
    const components = Object.entries(document.components.schemas).map(([name, schema]) => [
      name,
      this.#read(schema, "part"),
    ]);
    this.#ajv.addSchema({ $id: COMPONENTS, components: { schemas: Object.fromEntries(components) } });
  }

  validator(schema: JsonSchema): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const made = this.#ajv.compile(this.#read(schema, "value"));
    this.#compiled.set(schema, made);
    return made;
  }

  #read(schema: JsonSchema, position: Position): JsonSchema {
    if (isAnything(schema)) return {};
    if (isBytes(schema)) return { type: "string", format: "byte" };
    if (position === "value" && schema.$ref === SCHEMA) {
      return { if: { type: "boolean" }, else: this.#readFields(schema, position) };
    }
    return this.#readFields(schema, position);
  }

  #readFields(schema: JsonSchema, position: Position): JsonSchema {
    const { properties, items, additionalProperties, allOf, $ref } = schema as {
      properties?: Record<string, JsonSchema>;
      items?: JsonSchema;
      additionalProperties?: JsonSchema | boolean;
      allOf?: JsonSchema[];
      $ref?: string;
    };
    const { discriminator: _, ...rest } = schema;
    return {
      ...rest,
      ...($ref && { $ref: `${COMPONENTS}${$ref}` }),
      ...(properties && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, member]) => [name, this.#read(member, "value")]),
        ),
      }),
      ...(items && { items: this.#read(items, "value") }),
      ...(typeof additionalProperties === "object" && {
        additionalProperties: this.#read(additionalProperties, "value"),
      }),
      ...(allOf && { allOf: allOf.map((part) => this.#read(part, "part")) }),
      ...(position === "value" && this.#isClosed(schema) && { unevaluatedProperties: false }),
    };
  }

  /** Whether the schema lists the fields of an object. A discriminator's variants have further ones. */
  #isClosed(schema: JsonSchema): boolean {
    const { $ref, allOf, properties, discriminator } = schema as {
      $ref?: string;
      allOf?: JsonSchema[];
      properties?: object;
      discriminator?: object;
    };
    if (discriminator) return false;
    if ($ref) {
      const target = this.#document.components.schemas[$ref.replace("#/components/schemas/", "")];
      return target !== undefined && this.#isClosed(target);
    }
    if (allOf) return allOf.every((part) => isAnything(part) || this.#isClosed(part));
    return properties !== undefined;
  }
}

function isAnything({ type, properties, additionalProperties, allOf, $ref }: JsonSchema): boolean {
  return type === "object" && !properties && !additionalProperties && !allOf && !$ref;
}

function isBytes({ type, items }: JsonSchema): boolean {
  return type === "array" && (items as JsonSchema | undefined)?.format === "byte";
}
