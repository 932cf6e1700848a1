import { evaluateCall } from "./builtins/call.ts";
import { missingTerm } from "./declare.ts";
import type { Expression } from "./expressions.ts";
import { NumberText } from "./numbers.ts";
import { evaluateReference } from "./resolve.ts";
import { type Accept, acceptElement, acceptProperty, anything } from "./schema/accept.ts";
import { record, tuple } from "./schema/schema.ts";
import { isRotating, report, type Scope } from "./scope.ts";
import type { BodyOf, Term } from "./terms.ts";
import { joinedText } from "./text-bytes.ts";
import { textOfValue } from "./text-of-value.ts";
import { type Content, compareKeys, Value } from "./values.ts";

/**
 * Evaluates a term and lays its value over what it overrides. Each term is evaluated once; meeting it again on the
 * way to its own value is a cycle.
 */
export function evaluateTerm(scope: Scope, term: Term, accept: Accept): Value {
  if (term.state === "done" && term.value) return term.value;
  if (term.state === "evaluating") {
    report(scope, term.at, `cyclic reference to ${term.path}`);
    return new Value(term, true, { unknown: true });
  }
  term.state = "evaluating";
  try {
    term.value = scope.session.budget.nested(() => evaluateFresh(scope, term, accept));
    return term.value;
  } finally {
    term.state = "done";
  }
}

function evaluateFresh(scope: Scope, term: Term, accept: Accept): Value {
  if (accept.rotateOnly && mustSkip(scope)) {
    return new Value(missingTerm(term.path, term.base), true, { unknown: true, rotateOnly: true });
  }
  if (term.base?.final) {
    report(scope, term.at, "cannot override final value", "warning");
    term.schema = term.base.schema;
    return term.base;
  }
  scope.session.budget.spendValues(1);
  const value = compute(scope, term, accept);
  if (accept.rotateOnly) value.rotateOnly = true;
  if (term.secret) value.secret = true;
  value.merge(term.base);
  term.schema = value.schema;
  return value;
}

/**
 * Inputs that only rotation reads are not evaluated otherwise: the reader of an environment may lack access to them.
 * A check of the root does evaluate them, so that nobody can add a reference to what they may not read.
 */
function mustSkip(scope: Scope): boolean {
  return !scope.isRoot || (!isRotating(scope) && !scope.session.checking);
}

function compute(scope: Scope, term: Term, accept: Accept): Value {
  const { body } = term;
  switch (body.kind) {
    case "missing":
      return new Value(term, term.schema, { unknown: true });
    case "literal":
      return new Value(term, term.schema, { content: literalContent(body.expression) });
    case "interpolation":
      return evaluateInterpolation(scope, term, body);
    case "reference":
      return evaluateReference(scope, term, body.access, accept);
    case "array":
      return evaluateArray(scope, term, body, accept);
    case "object":
      return evaluateObject(scope, term, body, accept);
    case "property":
      // Only made for values that are unknown, with a value of their own.
      return new Value(term, term.schema, { unknown: true });
    default:
      return evaluateCall(scope, term, body);
  }
}

function literalContent(expression: Expression | undefined): Content {
  switch (expression?.kind) {
    case "boolean":
    case "string":
      return expression.value;
    case "number":
      return new NumberText(expression.text);
    default:
      return null;
  }
}

function evaluateArray(scope: Scope, term: Term, body: BodyOf<"array">, accept: Accept): Value {
  const elements = body.elements.map((element, i) => scope.evaluate(element, acceptElement(accept, i)));
  return new Value(term, tuple(elements.map((element) => element.schema)), { content: elements });
}

/** Keys are evaluated in order, so that cycles are reported at the same place every time. */
function evaluateObject(scope: Scope, term: Term, body: BodyOf<"object">, accept: Accept): Value {
  const properties = new Map<string, Value>();
  for (const [key, property] of [...body.properties].toSorted(([a], [b]) => compareKeys(a, b))) {
    properties.set(key, scope.evaluate(property, acceptProperty(accept, key)));
  }
  const schema = record([...properties].map(([key, value]) => [key, value.schema] as const));
  return new Value(term, schema, { content: properties });
}

function evaluateInterpolation(scope: Scope, term: Term, body: BodyOf<"interpolation">): Value {
  const { budget } = scope.session;
  const value = new Value(term, term.schema);
  let text = "";
  for (const part of body.parts) {
    text += part.text;
    if (!part.access) continue;
    const source = evaluateReference(scope, term, part.access, anything);
    const inner = textOfValue(source, (characters) => budget.spendCharacters(characters));
    value.unknown ||= inner.unknown;
    value.secret ||= inner.secret;
    if (inner.unknown) continue;
    budget.spendCharacters(inner.text.length);
    text += inner.text;
  }
  value.content = value.unknown ? "[unknown]" : joinedText(text);
  return value;
}
