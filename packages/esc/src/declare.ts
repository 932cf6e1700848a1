import type { Accessor } from "./access.ts";
import type { CallExpression, Expression, ObjectExpression } from "./expressions.ts";
import { toWireNumber } from "./numbers.ts";
import { joinIndex, joinKey } from "./paths.ts";
import { noLocation } from "./ranges.ts";
import { arrayOf, type Schema, typed } from "./schema/schema.ts";
import { report, type Scope } from "./scope.ts";
import { type BoundAccessor, newTerm, type Term, type TermBody } from "./terms.ts";
import { quote } from "./text-of-value.ts";
import type { Value } from "./values.ts";

/**
 * Makes the term of an expression, with the terms of its parts. `base` is the imported value that it overrides;
 * `path` is empty within the arguments of builtins, which override nothing.
 */
export function declare(scope: Scope, path: string, expression: Expression | undefined, base?: Value): Term {
  if (!expression) return missingTerm(path, base);
  const term = (body: TermBody, schema: Schema) => newTerm(path, expression.at, body, schema, base);
  switch (expression.kind) {
    case "null":
      return term({ kind: "literal", expression }, typed("null"));
    case "boolean":
      return term({ kind: "literal", expression }, typed("boolean", expression.value));
    case "number":
      return term({ kind: "literal", expression }, typed("number", toWireNumber(expression.text)));
    case "string":
      return term({ kind: "literal", expression }, typed("string", expression.value));
    case "interpolation": {
      const parts = expression.parts.map(({ text, access }) => ({ text, access: access && bind(access) }));
      return term({ kind: "interpolation", parts }, typed("string"));
    }
    case "reference":
      return term({ kind: "reference", access: bind(expression.access) }, true);
    case "array": {
      const elements = expression.elements.map((e, i) => declare(scope, joinIndex(path, i), e));
      return term({ kind: "array", elements }, arrayOf(true));
    }
    case "object": {
      const properties = declareProperties(scope, path, expression, base);
      return term({ kind: "object", expression, properties }, { additionalProperties: true, type: "object" });
    }
    default: {
      const { body, schema } = declareCall(scope, expression);
      return term(body, schema);
    }
  }
}

/** The term of something that a faulty document lacks: an unknown value. */
export function missingTerm(path: string, base?: Value): Term {
  return newTerm(path, noLocation, { kind: "missing" }, true, base);
}

function bind(access: readonly Accessor[]): BoundAccessor[] {
  return access.map((accessor) => ({ accessor, value: undefined }));
}

function declareProperties(
  scope: Scope,
  path: string,
  expression: ObjectExpression,
  base: Value | undefined,
): Map<string, Term> {
  const properties = new Map<string, Term>();
  for (const { key, value } of expression.entries) {
    if (!key) continue;
    if (properties.has(key.value)) {
      report(scope, key.at, `duplicate key ${quote(key.value)}`);
      continue;
    }
    const inherited = base?.property(key.value, key.at);
    properties.set(key.value, declare(scope, joinKey(path, key.value), value, inherited));
  }
  return properties;
}

function declareCall(scope: Scope, call: CallExpression): { body: TermBody; schema: Schema } {
  const part = (expression: Expression | undefined) => declare(scope, "", expression);
  switch (call.kind) {
    case "unary":
      return { body: { kind: "unary", call, argument: part(call.argument) }, schema: resultOf(call.fn) };
    case "delimiter": {
      const [delimiter, subject] = [part(call.delimiter), part(call.subject)];
      return { body: { kind: "delimiter", call, delimiter, subject }, schema: resultOf(call.fn) };
    }
    case "validate":
      return {
        body: { kind: "validate", call, schema: part(call.schema), value: part(call.value) },
        schema: true,
      };
    case "open": {
      const [provider, inputs] = [part(call.provider), part(call.inputs)];
      return { body: { kind: "open", call, provider, inputs, inputSchema: true }, schema: true };
    }
    case "rotate": {
      const [provider, inputs, state] = [part(call.provider), part(call.inputs), part(call.state)];
      const schemas = { inputSchema: true, stateSchema: true };
      return { body: { kind: "rotate", call, provider, inputs, state, ...schemas }, schema: true };
    }
    case "plaintext":
      return {
        body: { kind: "plaintext", call, text: secretPart(part(call.text)) },
        schema: typed("string"),
      };
    case "ciphertext":
      return {
        body: { kind: "ciphertext", call, text: secretPart(part(call.text)) },
        schema: typed("string"),
      };
  }
}

function secretPart(term: Term): Term {
  term.secret = true;
  return term;
}

/** What is known of a function's result before it is called. */
function resultOf(fn: Extract<CallExpression, { kind: "unary" | "delimiter" }>["fn"]): Schema {
  switch (fn) {
    case "fn::concat":
      return arrayOf(true);
    case "fn::split":
      return arrayOf(typed("string"));
    case "fn::final":
    case "fn::fromJSON":
      return true;
    default:
      return typed("string");
  }
}
