import type { Accessor } from "./access.ts";
import { exportCall } from "./export-call.ts";
import { rangeOf } from "./export-value.ts";
import type { Expression } from "./expressions.ts";
import { toWireNumber } from "./numbers.ts";
import { nowhere } from "./ranges.ts";
import type { BodyOf, BoundAccessor, Term } from "./terms.ts";
import type { EscAccessor, EscExpr, EscPropertyAccessor } from "./wire.ts";

/** The outward form of a term: `pulumi env get` shows definitions with it. */
export function exportTerm(term: Term, environment: string): EscExpr {
  const common: EscExpr = {
    range: rangeOf(term, environment),
    schema: term.schema,
    ...(term.base && { base: exportTerm(term.base.definition, environment) }),
  };
  const { body } = term;
  switch (body.kind) {
    case "missing":
      return common;
    case "literal":
      return { ...common, ...exportLiteral(body.expression) };
    case "interpolation":
      return {
        ...common,
        interpolate: body.parts.map(({ text, access }) => ({
          ...(text !== "" && { text }),
          ...(access && { value: exportAccess(access, environment) }),
        })),
      };
    case "reference":
      return { ...common, symbol: exportAccess(body.access, environment) };
    case "property":
      return exportProperty(body, common, environment);
    case "array":
      if (body.elements.length === 0) return common;
      return { ...common, list: body.elements.map((element) => exportTerm(element, environment)) };
    case "object":
      return { ...common, ...exportObject(body, environment) };
    default:
      return { ...common, builtin: exportCall(body, environment) };
  }
}

function exportLiteral(expression: Expression | undefined): Pick<EscExpr, "literal"> {
  switch (expression?.kind) {
    case "boolean":
    case "string":
      return { literal: expression.value };
    case "number":
      return { literal: toWireNumber(expression.text) };
    default:
      return {};
  }
}

function exportObject(body: BodyOf<"object">, environment: string): Pick<EscExpr, "keyRanges" | "object"> {
  const ranges = (body.expression?.entries ?? []).flatMap(({ key }) =>
    key ? [[key.value, key.at.range ?? nowhere(environment)] as const] : [],
  );
  const properties = [...body.properties].map(([key, term]) => [key, exportTerm(term, environment)] as const);
  return {
    ...(ranges.length > 0 && { keyRanges: Object.fromEntries(ranges) }),
    ...(properties.length > 0 && { object: Object.fromEntries(properties) }),
  };
}

/** A chain of properties of an unknown value becomes one access of its first receiver. */
function exportProperty(body: BodyOf<"property">, common: EscExpr, environment: string): EscExpr {
  const accessor = { key: body.key, range: nowhere(environment) };
  const receiver = body.receiver.definition;
  if (receiver.body.kind !== "property") {
    return { ...common, access: { receiver: rangeOf(receiver, environment), accessors: [accessor] } };
  }
  const outer = exportTerm(receiver, environment);
  const { access } = outer;
  return access ? { ...outer, access: { ...access, accessors: [...access.accessors, accessor] } } : outer;
}

function exportAccess(access: readonly BoundAccessor[], environment: string): EscPropertyAccessor[] {
  return access.map(({ accessor, value }) => ({
    ...exportAccessor(accessor, environment),
    value: value ? rangeOf(value.definition, environment) : emptyRange,
  }));
}

/** What a step that was never reached points at. */
const emptyRange = nowhere("");

function exportAccessor(accessor: Accessor, environment: string): EscAccessor {
  const range = accessor.range ?? nowhere(environment);
  return accessor.kind === "index" ? { index: accessor.index, range } : { key: accessor.key, range };
}
