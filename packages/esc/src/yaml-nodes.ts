import type { Location, Range } from "./ranges.ts";

interface TreeNode extends Location {
  readonly range: Range;
  /** True for an unquoted scalar: offsets into its value are offsets into the text, too. */
  readonly plain: boolean;
  /** Offsets of the first character of the node's text and of the one behind its last. */
  readonly span: readonly [start: number, end: number];
}

/** One key and its value. */
export interface TreeEntry {
  readonly key: StringNode;
  readonly value: SyntaxNode;
  /** The offset just behind the colon. */
  readonly colonEnd: number;
}

export interface StringNode extends TreeNode {
  readonly kind: "string";
  readonly value: string;
}
export interface ArrayNode extends TreeNode {
  readonly kind: "array";
  readonly elements: readonly SyntaxNode[];
  /** True if the array is written in brackets. */
  readonly flow: boolean;
}
export interface ObjectNode extends TreeNode {
  readonly kind: "object";
  readonly entries: readonly TreeEntry[];
  /** True if the object is written in braces. */
  readonly flow: boolean;
}

/** A YAML document as the language sees it: JSON's kinds of value, each with its place in the text. */
export type SyntaxNode =
  | (TreeNode & { readonly kind: "null" })
  | (TreeNode & { readonly kind: "boolean"; readonly value: boolean })
  | (TreeNode & { readonly kind: "number"; readonly text: string })
  | StringNode
  | ArrayNode
  | ObjectNode;
