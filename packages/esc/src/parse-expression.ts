import { type Diagnostic, diagnosticAt } from "./diagnostics.ts";
import type { Expression, ObjectEntry, StringExpression } from "./expressions.ts";
import { parseInterpolation } from "./interpolation.ts";
import { parseCall } from "./parse-call.ts";
import type { ObjectNode, StringNode, SyntaxNode } from "./yaml-nodes.ts";

/** Turns a tree into an expression. Faults go to `diagnostics`; what can be used of the rest is returned. */
export function parseExpression(node: SyntaxNode, diagnostics: Diagnostic[]): Expression {
  switch (node.kind) {
    case "null":
      return { kind: "null", at: node };
    case "boolean":
      return { kind: "boolean", at: node, value: node.value };
    case "number":
      return { kind: "number", at: node, text: node.text };
    case "string":
      return parseString(node, diagnostics);
    case "array":
      return { kind: "array", at: node, elements: node.elements.map((e) => parseExpression(e, diagnostics)) };
    case "object":
      return parseCall(node, diagnostics) ?? parseObject(node, diagnostics);
  }
}

/** A literal string, as it is written: keys and names are not interpolated. */
export function literalString(node: StringNode, value = node.value): StringExpression {
  return { kind: "string", at: node, value };
}

/** `${x}` alone keeps the type of what it refers to; anything around it makes a string. */
function parseString(node: StringNode, diagnostics: Diagnostic[]): Expression {
  const { parts, diagnostics: faults } = parseInterpolation(node);
  for (const fault of faults) diagnostics.push(fault);
  const [first, second] = parts;
  if (!first) return literalString(node);
  if (!second && !first.access) return literalString(node, first.text);
  if (!second && first.access && first.text === "")
    return { kind: "reference", at: node, access: first.access };
  return { kind: "interpolation", at: node, parts };
}

function parseObject(node: ObjectNode, diagnostics: Diagnostic[]): Expression {
  const entries = node.entries.map((entry): ObjectEntry => {
    const key = parseString(entry.key, diagnostics);
    if (key.kind !== "string") diagnostics.push(diagnosticAt(entry.key, "object keys must be strings"));
    const value = parseExpression(entry.value, diagnostics);
    return { key: key.kind === "string" ? key : undefined, value };
  });
  return { kind: "object", at: node, entries };
}
