import { type Document, isAlias, isMap, isNode, isScalar, type Node, parseDocument, visit } from "yaml";

/**
 * Where the value at a place of an Environment comes from. Only a value that stands in the text itself may be written
 * over: a literal at the place of any other would hide its source, and a later change there would never arrive.
 */
export type ValueOrigin =
  | { readonly kind: "absent" }
  /** The text holds it: a plain text or `fn::secret`. */
  | { readonly kind: "literal" }
  /** The form in which these commands store a text with `${`: `fn::fromBase64` of `fn::secret`. */
  | { readonly kind: "encoded" }
  /** `${…}`; `to` is the expression's text, without a value. */
  | { readonly kind: "reference"; readonly to: string }
  /** A YAML anchor or alias: other places have the same text. */
  | { readonly kind: "anchor" }
  /** `fn::rotate`. */
  | { readonly kind: "rotator" }
  /** `fn::open` or another function; `name` as it stands in the text. */
  | { readonly kind: "provider"; readonly name: string }
  /** Nothing in the text, yet the opened Environment has it: one of its imports does. */
  | { readonly kind: "import" };

/**
 * Pure. `yaml`: the Environment's text; `path`: of the value, from the top; `opened`: whether the opened Environment
 * has a value there.
 */
export function valueOrigin(yaml: string, path: readonly string[], opened: boolean): ValueOrigin {
  const document = parseDocument(yaml);
  const nothing: ValueOrigin = { kind: opened ? "import" : "absent" };
  let node: unknown = document.contents;
  for (const key of path) {
    if (isAlias(node)) return { kind: "anchor" };
    if (isScalar(node)) return node.value === null ? nothing : originOf(node, document);
    if (!isMap(node)) return nothing;
    const name = functionOf(node);
    if (name !== undefined) return originOf(node, document);
    node = node.get(key, true);
  }
  return isNode(node) ? originOf(node, document) : nothing;
}

/** The part of an Environment's text above a value that is no mapping, so that nothing can be stored below it. */
export interface BlockedParent {
  /** From the top. */
  readonly path: readonly string[];
  readonly origin: ValueOrigin;
}

/** Pure. `undefined` where a value can be stored at the path. */
export function blockedParent(yaml: string, path: readonly string[]): BlockedParent | undefined {
  const document = parseDocument(yaml);
  for (const length of path.keys()) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || (isScalar(node) && node.value === null)) return undefined;
    if (!isMap(node) || functionOf(node) !== undefined)
      return { path: path.slice(0, length), origin: originOf(node, document) };
  }
  return undefined;
}

/** Whether a literal may take the place of what is there. */
export function isOwn({ kind }: ValueOrigin): boolean {
  return kind === "absent" || kind === "literal" || kind === "encoded";
}

function originOf(node: Node, document: Document): ValueOrigin {
  if (isAlias(node) || usedElsewhere(node, document)) return { kind: "anchor" };
  if (isScalar(node)) {
    const to = typeof node.value === "string" ? referenceIn(node.value) : undefined;
    return to === undefined ? { kind: "literal" } : { kind: "reference", to };
  }
  const name = functionOf(node);
  if (name !== undefined && isMap(node)) {
    // `fn::secret` takes a literal, or the ciphertext of one: never an expression.
    if (name === "fn::secret") return { kind: "literal" };
    if (name === "fn::rotate" || name.startsWith("fn::rotate::")) return { kind: "rotator" };
    const inner = node.get(name, true);
    if (name === "fn::fromBase64" && isMap(inner) && functionOf(inner) === "fn::secret")
      return { kind: "encoded" };
    return { kind: "provider", name };
  }
  let found: ValueOrigin | undefined;
  visit(node, {
    Node(_, inner) {
      if (inner === node) return undefined;
      const origin = originOf(inner as Node, document);
      if (isOwn(origin)) return undefined;
      found = origin;
      return visit.BREAK;
    },
  });
  return found ?? { kind: "literal" };
}

/** `fn::…`, where the node is a call of a function. */
function functionOf(node: unknown): string | undefined {
  if (!isMap(node) || node.items.length !== 1) return undefined;
  const key: unknown = node.items[0]?.key;
  const name = isScalar(key) ? key.value : key;
  return typeof name === "string" && name.startsWith("fn::") ? name : undefined;
}

/** The first `${…}` of a text; `$$` stands for one `$` and begins none. */
function referenceIn(text: string): string | undefined {
  return /(?:^|[^$])(?:\$\$)*(\$\{[^}]*\}?)/.exec(text)?.[1];
}

function usedElsewhere(node: Node, document: Document): boolean {
  const { anchor } = node as { readonly anchor?: string };
  if (anchor === undefined) return false;
  let used = false;
  visit(document, {
    Alias(_, alias) {
      if (alias.source !== anchor) return undefined;
      used = true;
      return visit.BREAK;
    },
  });
  return used;
}
