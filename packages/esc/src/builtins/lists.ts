import { arrayOf, typed } from "../schema/schema.ts";
import type { Scope } from "../scope.ts";
import type { BodyOf, Term } from "../terms.ts";
import { joinedText } from "../text-bytes.ts";
import { Value } from "../values.ts";
import { evaluateTyped, unknownResult } from "./arguments.ts";

const string = typed("string");

/** `fn::concat: [[…], […]]`: one list of all elements. */
export function callConcat(scope: Scope, term: Term, argument: Term): Value {
  const { value: lists, ok } = evaluateTyped(scope, argument, arrayOf(arrayOf(true)));
  if (!ok) return unknownResult(term);
  const value = new Value(term, term.schema);
  value.combine(lists);
  if (!value.unknown && Array.isArray(lists.content)) {
    value.content = lists.content.flatMap((list) => (Array.isArray(list.content) ? list.content : []));
    scope.session.budget.spendValues(value.content.length);
  }
  return value;
}

/** `fn::join: [delimiter, [strings]]`: one string. */
export function callJoin(scope: Scope, term: Term, body: BodyOf<"delimiter">): Value {
  const delimiter = evaluateTyped(scope, body.delimiter, string);
  const strings = evaluateTyped(scope, body.subject, arrayOf(string));
  if (!delimiter.ok || !strings.ok) return unknownResult(term);
  const value = new Value(term, term.schema);
  value.combine(delimiter.value, strings.value);
  if (!value.unknown && Array.isArray(strings.value.content)) {
    const parts = strings.value.content.map((part) => textContent(part));
    const between = textContent(delimiter.value);
    const length = parts.reduce((sum, part) => sum + part.length + between.length, 0);
    scope.session.budget.spendCharacters(length);
    value.content = joinedText(parts.join(between));
  }
  return value;
}

/** `fn::split: [delimiter, string]`: a list of strings. An empty delimiter splits into characters. */
export function callSplit(scope: Scope, term: Term, body: BodyOf<"delimiter">): Value {
  const delimiter = evaluateTyped(scope, body.delimiter, string);
  const subject = evaluateTyped(scope, body.subject, string);
  if (!delimiter.ok || !subject.ok) return unknownResult(term);
  const value = new Value(term, term.schema);
  value.combine(delimiter.value, subject.value);
  if (!value.unknown) {
    const between = textContent(delimiter.value);
    const text = textContent(subject.value);
    const parts = between === "" ? [...text] : text.split(between);
    scope.session.budget.spendValues(parts.length);
    value.content = parts.map((part) => new Value(term, string, { content: part }));
  }
  return value;
}

function textContent(value: Value): string {
  return typeof value.content === "string" ? value.content : "";
}
