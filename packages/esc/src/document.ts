import { type Diagnostic, diagnosticAt } from "./diagnostics.ts";
import type { Expression, StringExpression } from "./expressions.ts";
import { literalString, parseExpression } from "./parse-expression.ts";
import { noLocation } from "./ranges.ts";
import { sortByEditDistance } from "./suggest.ts";
import { quote } from "./text-of-value.ts";
import type { ObjectNode, SyntaxNode } from "./yaml-nodes.ts";
import { readTree } from "./yaml-tree.ts";

/** One entry of `imports`. */
export interface ImportDeclaration {
  /** The environment as written; undefined if the entry is faulty. */
  readonly environment: StringExpression | undefined;
  /** Whether the import's values become part of the result. */
  readonly merge: boolean;
}

/** One entry of `values`. */
export interface ValueDeclaration {
  readonly key: StringExpression;
  readonly value: Expression;
}

/** A parsed environment definition. */
export interface EnvironmentDocument {
  readonly description: string | undefined;
  readonly imports: readonly ImportDeclaration[];
  readonly values: readonly ValueDeclaration[];
}

/** Parses a definition. The document is undefined if the text is not even YAML; other faults leave the usable rest. */
export function parseDocument(
  name: string,
  text: string,
): { document: EnvironmentDocument | undefined; diagnostics: Diagnostic[] } {
  if (text === "") return { document: { description: undefined, imports: [], values: [] }, diagnostics: [] };
  const { root, diagnostics } = readTree(name, text);
  if (!root && diagnostics.length > 0) return { document: undefined, diagnostics };

  const document = { description: undefined, imports: [], values: [] };
  if (root?.kind !== "object") {
    // A document that holds nothing, or null, has no place that could be pointed at.
    const at = !root || root.kind === "null" ? noLocation : root;
    diagnostics.push(diagnosticAt(at, "environment must be an object"));
    return { document, diagnostics };
  }
  return { document: { ...document, ...readFields(root, diagnostics) }, diagnostics };
}

type Draft = { -readonly [K in keyof EnvironmentDocument]?: EnvironmentDocument[K] };

function readFields(root: ObjectNode, diagnostics: Diagnostic[]): Draft {
  const draft: Draft = {};
  const seen = new Set<string>();
  for (const { key, value } of root.entries) {
    if (seen.has(key.value)) {
      diagnostics.push(diagnosticAt(key, `duplicate key ${quote(key.value)}`, "warning"));
    }
    seen.add(key.value);
    switch (key.value.toLowerCase()) {
      case "description":
        draft.description = readDescription(value, diagnostics);
        break;
      case "imports":
        draft.imports = readImports(value, diagnostics);
        break;
      case "values":
        draft.values = readValues(value, diagnostics);
        break;
      default:
        diagnostics.push(diagnosticAt(key, unknownField(key.value), "warning"));
    }
  }
  return draft;
}

const fields = ["'description'", "'imports'", "'values'"];

function unknownField(key: string): string {
  const existing = sortByEditDistance(key, fields).join(", ");
  return `Field '${key}' does not exist on Object 'environment'. Existing fields are: ${existing}`;
}

function readDescription(node: SyntaxNode, diagnostics: Diagnostic[]): string | undefined {
  const expression = parseExpression(node, diagnostics);
  if (expression.kind === "string") return expression.value;
  diagnostics.push(diagnosticAt(node, "description must be a string"));
  return undefined;
}

function readImports(node: SyntaxNode, diagnostics: Diagnostic[]): ImportDeclaration[] {
  if (node.kind === "array") return node.elements.map((element) => readImport(element, diagnostics));
  diagnostics.push(diagnosticAt(node, "imports must be a list"));
  return [];
}

function readImport(node: SyntaxNode, diagnostics: Diagnostic[]): ImportDeclaration {
  if (node.kind === "string") return { environment: literalString(node), merge: true };
  const faulty = { environment: undefined, merge: true };
  if (node.kind !== "object") {
    diagnostics.push(diagnosticAt(node, "import must be a string or an object"));
    return faulty;
  }
  const [entry, second] = node.entries;
  if (!entry || second) {
    diagnostics.push(diagnosticAt(node, "import must have a single key"));
    return faulty;
  }
  return { environment: literalString(entry.key), merge: readMerge(entry.value, diagnostics) };
}

/** Reads `{merge: bool}`. Other keys are ignored, as in the reference, so that newer documents still load. */
function readMerge(node: SyntaxNode, diagnostics: Diagnostic[]): boolean {
  if (node.kind !== "object") {
    diagnostics.push(diagnosticAt(node, "import must be an object"));
    return true;
  }
  let merge = true;
  const seen = new Set<string>();
  for (const { key, value } of node.entries) {
    if (seen.has(key.value)) {
      diagnostics.push(diagnosticAt(key, `duplicate key ${quote(key.value)}`, "warning"));
    }
    seen.add(key.value);
    if (key.value.toLowerCase() !== "merge") continue;
    if (value.kind === "boolean") merge = value.value;
    else {
      diagnostics.push(diagnosticAt(value, "merge must be a boolean value"));
      merge = false;
    }
  }
  return merge;
}

function readValues(node: SyntaxNode, diagnostics: Diagnostic[]): ValueDeclaration[] {
  if (node.kind !== "object") {
    diagnostics.push(diagnosticAt(node, "values must be an object"));
    return [];
  }
  return node.entries.map(({ key, value }) => {
    if (key.value.startsWith("fn::")) {
      const call = `builtin function call ${quote(key.value)}`;
      diagnostics.push(diagnosticAt(key, `${call} not allowed at the top level`));
    }
    return { key: literalString(key), value: parseExpression(value, diagnostics) };
  });
}
