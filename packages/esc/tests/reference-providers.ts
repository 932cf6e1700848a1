import type { EscValue, Provider, Providers, Rotator, Schema, SchemaObject } from "../src/index.ts";

const trace = { def: { environment: "", begin: origin(), end: origin() } };

function origin() {
  return { line: 0, column: 0, byte: 0 };
}

const string: Schema = { type: "string" };

function record(
  properties: Record<string, Schema>,
  required = Object.keys(properties).toSorted(),
): SchemaObject {
  return { properties, type: "object", required };
}

const echo: Provider = { inputs: true, outputs: true, open: (inputs) => ({ value: inputs, trace }) };

const failing: Provider = {
  inputs: record({ why: string }),
  outputs: true,
  open: (inputs) => {
    throw new Error(String(inputs.why?.value));
  },
};

const secretWrapper: Provider = {
  inputs: true,
  outputs: true,
  open: (inputs) => ({ value: inputs, secret: true, trace }),
};

const number: Schema = { type: "number" };
const always: Schema = true;

const everything: SchemaObject = {
  $defs: { defRecord: record({ baz: { type: "string", const: "qux" } }) },
  properties: {
    null: { type: "null" },
    boolean: { type: "boolean" },
    false: { type: "boolean", const: false },
    true: { type: "boolean", const: true },
    number,
    pi: { type: "number", const: 3.14 },
    string,
    hello: { type: "string", const: "hello" },
    array: { items: always, type: "array" },
    tuple: {
      prefixItems: [
        { type: "string", const: "hello" },
        { type: "string", const: "world" },
      ],
      items: false,
      type: "array",
    },
    map: { additionalProperties: always, type: "object" },
    record: record({ foo: string }),
    anyOf: { anyOf: [string, number], type: "" },
    oneOf: { oneOf: [string, number], type: "" },
    ref: { $ref: "#/$defs/defRecord", type: "" },
    "const-array": { type: "array", const: ["hello", 42] },
    "const-object": { type: "object", const: { hello: "world" } },
    enum: { type: "string", enum: ["foo", "bar"] },
    never: false,
    always,
    double: { prefixItems: [string, number], items: false, type: "array" },
    triple: { prefixItems: [string, number, { type: "boolean" }], items: false, type: "array" },
    dependentReq: {
      properties: { foo: string, bar: number },
      type: "object",
      dependentRequired: { foo: ["bar"] },
    },
    multiple: { type: "number", multipleOf: 2 },
    minimum: { type: "number", minimum: 1 },
    exclusiveMinimum: { type: "number", exclusiveMinimum: 1 },
    maximum: { type: "number", maximum: 1 },
    exclusiveMaximum: { type: "number", exclusiveMaximum: 1 },
    minLength: { type: "string", minLength: 1 },
    maxLength: { type: "string", maxLength: 1 },
    pattern: { type: "string", pattern: "^foo[0-9]+$" },
    minItems: { type: "array", minItems: 3 },
    maxItems: { type: "array", maxItems: 2 },
    minProperties: { type: "object", minProperties: 1 },
    maxProperties: { type: "object", maxProperties: 1 },
  },
  type: "object",
};

const schema: Provider = { inputs: everything, outputs: everything, open: echo.open };

const pair = record({ a: string, b: string });

const swap: Rotator = {
  inputs: true,
  state: pair,
  outputs: pair,
  open: (_inputs, state = {}) => ({ value: state, trace }),
  rotate: (_inputs, state) => ({ value: { a: state?.b ?? nothing, b: state?.a ?? nothing }, trace }),
};

const nothing: EscValue = { trace };
const history = record({ current: string, previous: string }, ["current"]);

const echoRotator: Rotator = {
  inputs: { ...record({ next: string }), rotateOnly: ["next"] },
  state: history,
  outputs: history,
  open: (inputs, state = {}) => {
    if (!inputs.next?.unknown && inputs.next?.value !== state.current?.value) {
      throw new Error("oh no! inputs were evaluated outside of rotation");
    }
    return { value: state, trace };
  },
  rotate: (inputs, state) => {
    if (inputs.next?.unknown) throw new Error("oh no! rotateOnly inputs were not evaluated during rotation");
    return { value: { current: inputs.next ?? nothing, previous: state?.current ?? nothing }, trace };
  },
};

const providers = new Map([
  ["error", failing],
  ["schema", schema],
  ["secret-wrapper", secretWrapper],
  ["test", echo],
]);
const rotators = new Map([
  ["echo", echoRotator],
  ["swap", swap],
]);

/** The providers that the reference's cases call. */
export const referenceProviders: Providers = {
  provider: (name) => providers.get(name),
  rotator: (name) => rotators.get(name),
};
