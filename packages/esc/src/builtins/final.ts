import { anything } from "../schema/accept.ts";
import type { Scope } from "../scope.ts";
import type { Term } from "../terms.ts";
import { Value } from "../values.ts";

/** `fn::final: value`: the value, which no importing environment can override. */
export function callFinal(scope: Scope, term: Term, argument: Term): Value {
  const value = passThrough(term, scope.evaluate(argument, anything));
  value.final = true;
  return value;
}

/** A value that has the content of another one but is defined by the call. */
export function passThrough(term: Term, inner: Value): Value {
  const value = new Value(term, inner.schema, { content: inner.content });
  value.combine(inner);
  return value;
}
