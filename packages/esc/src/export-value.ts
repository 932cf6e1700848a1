import { propertiesOf } from "./json-values.ts";
import { isExactNumber, NumberText, toWireNumber, wireNumberText } from "./numbers.ts";
import { nowhere, type Range } from "./ranges.ts";
import { record, type Schema, tuple, typed } from "./schema/schema.ts";
import type { Term } from "./terms.ts";
import { Value } from "./values.ts";
import type { EscValue, EscValueContent } from "./wire.ts";

/** The range of the text that defines a term. */
export function rangeOf(term: Term, environment: string): Range {
  return term.at.range ?? nowhere(environment);
}

/**
 * The outward form of a value, made once. `environment` names what has no range of its own; values that were
 * overridden come from imports.
 */
export function exportValue(value: Value, environment: string): EscValue {
  if (value.exported) return value.exported;
  const content = exportContent(value, environment);
  value.exported = {
    ...(content !== undefined && { value: content }),
    ...(value.secret && { secret: true as const }),
    ...(value.unknown && { unknown: true as const }),
    trace: {
      def: rangeOf(value.definition, environment),
      ...(value.base && { base: exportValue(value.base, "<import>") }),
    },
  };
  return value.exported;
}

/**
 * The outward form of the properties of an environment. Nobody reads the trace of the environment as a whole, and
 * with many imports it would hold a list of everything for each of them.
 */
export function exportProperties(value: Value, environment: string): Record<string, EscValue> {
  return propertiesOf({ ...noTrace, value: exportContent(value, environment) ?? {} }) ?? {};
}

const noTrace = { trace: { def: nowhere("") } };

function exportContent(value: Value, environment: string): EscValueContent | undefined {
  const { content } = value;
  if (content === null) return undefined;
  if (content instanceof NumberText) return toWireNumber(content.text);
  if (Array.isArray(content)) return content.map((element) => exportValue(element, environment));
  if (!(content instanceof Map)) return content;
  return Object.fromEntries(
    value.keys().flatMap((key) => {
      const property = value.property(key);
      return property ? [[key, exportValue(property, environment)] as const] : [];
    }),
  );
}

/** The inward form of a value that came from outside: a provider, JSON text or the execution context. */
export function importValue(outer: EscValue, definition: Term): Value {
  const { content, schema } = importContent(outer.value, definition);
  return new Value(definition, schema, {
    content,
    secret: outer.secret === true || definition.secret,
    unknown: outer.unknown === true,
  });
}

function importContent(
  content: EscValueContent | undefined,
  definition: Term,
): { content: Value["content"]; schema: Schema } {
  if (content === undefined) return { content: null, schema: typed("null") };
  if (typeof content === "boolean") return { content, schema: typed("boolean", content) };
  if (typeof content === "string") return { content, schema: typed("string", content) };
  if (typeof content === "number" || isExactNumber(content)) {
    const text = wireNumberText(content);
    return { content: new NumberText(text), schema: typed("number", toWireNumber(text)) };
  }
  if (Array.isArray(content)) {
    const elements = content.map((element) => importValue(element, definition));
    return { content: elements, schema: tuple(elements.map((element) => element.schema)) };
  }
  const properties = Object.entries(content).map(([key, v]) => [key, importValue(v, definition)] as const);
  const schema = record(properties.map(([key, v]) => [key, v.schema] as const));
  return { content: new Map(properties), schema };
}

/** The value with everything in it marked secret; what was not secret loses its trace, as in the reference. */
export function makeSecret(value: EscValue): EscValue {
  const { value: content } = value;
  if (content === undefined) return { ...value, secret: true };
  const trace = { def: nowhere("") };
  if (typeof content !== "object" || isExactNumber(content)) return { value: content, secret: true, trace };
  const inner = (member: EscValue) => (member.secret ? member : makeSecret(member));
  if (Array.isArray(content)) return { value: content.map(inner), secret: true, trace };
  const members = Object.entries(content).map(([key, member]) => [key, inner(member)] as const);
  return { value: Object.fromEntries(members), secret: true, trace };
}
