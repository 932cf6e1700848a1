import { exportTerm } from "./export-term.ts";
import type { UnaryFunction } from "./expressions.ts";
import { nowhere, type Range } from "./ranges.ts";
import { arrayOf, record, type Schema, tuple, typed } from "./schema/schema.ts";
import { schemaOfSchemas } from "./schema/schema-of-schemas.ts";
import type { CallBody, Term } from "./terms.ts";
import type { EscBuiltin, EscExpr } from "./wire.ts";

/** The outward form of a call of a builtin. */
export function exportCall(body: CallBody, environment: string): EscBuiltin {
  const { name, argument } = body.call;
  const common = { name: name.value, nameRange: name.at.range ?? nowhere(environment) };
  const range = argument.at.range ?? nowhere(environment);
  const inner = (term: Term) => exportTerm(term, environment);
  const string = typed("string");
  switch (body.kind) {
    case "unary":
      return { ...common, argSchema: argumentSchema(body.call.fn), arg: inner(body.argument) };
    case "delimiter": {
      const subject = body.call.fn === "fn::join" ? arrayOf(string) : string;
      const arg = { range, list: [inner(body.delimiter), inner(body.subject)] };
      return { ...common, argSchema: tuple([string, subject]), arg };
    }
    case "validate": {
      const members = { schema: inner(body.schema), value: inner(body.value) };
      const argSchema = record([
        ["schema", schemaOfSchemas],
        ["value", true],
      ]);
      return { ...common, argSchema, arg: objectExpr(range, members) };
    }
    case "open": {
      if (name.value !== "fn::open")
        return { ...common, argSchema: body.inputSchema, arg: inner(body.inputs) };
      const argSchema = record([
        ["provider", string],
        ["inputs", body.inputSchema],
      ]);
      const members = { provider: inner(body.provider), inputs: inner(body.inputs) };
      return { ...common, argSchema, arg: objectExpr(unplaced, members) };
    }
    case "rotate": {
      const long = name.value === "fn::rotate";
      const schemas: [string, Schema][] = [
        ["inputs", body.inputSchema],
        ["state", body.stateSchema],
      ];
      const argSchema = record(long ? [["provider", string], ...schemas] : schemas);
      const members = { inputs: inner(body.inputs), state: inner(body.state) };
      const all = long ? { provider: inner(body.provider), ...members } : members;
      return { ...common, argSchema, arg: objectExpr(unplaced, all) };
    }
    case "plaintext":
      return { ...common, argSchema: true, arg: inner(body.text) };
    case "ciphertext":
      return { ...common, argSchema: true, arg: objectExpr(range, { ciphertext: inner(body.text) }) };
  }
}

/** The reference gives the arguments of providers no range. */
const unplaced = nowhere("");

function objectExpr(range: Range, object: Record<string, EscExpr>): EscExpr {
  return { range, object };
}

function argumentSchema(fn: UnaryFunction): Schema {
  switch (fn) {
    case "fn::fromBase64":
    case "fn::toBase64":
      return typed("string");
    case "fn::concat":
      return arrayOf(arrayOf(true));
    default:
      return true;
  }
}
