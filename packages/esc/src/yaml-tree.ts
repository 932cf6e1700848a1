import type { ParsedNode } from "yaml";
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import { type Diagnostic, diagnosticAt, hasErrors } from "./diagnostics.ts";
import { LineIndex } from "./line-index.ts";
import { joinIndex, joinKey } from "./paths.ts";
import type { Range } from "./ranges.ts";
import { resolvePlain, resolveTagged, type Scalar } from "./scalars.ts";
import { utf8Length } from "./text-width.ts";
import type { ArrayNode, ObjectNode, SyntaxNode, TreeEntry } from "./yaml-nodes.ts";
import { parseYaml } from "./yaml-parse.ts";

/** The tree of a document; undefined if the text holds none or is not valid. */
export interface Tree {
  root: SyntaxNode | undefined;
  /** True if more documents follow in the text. They are ignored. */
  more: boolean;
  diagnostics: Diagnostic[];
}

/** Reads YAML (and so JSON) text into a tree. `name` is the environment that ranges will carry. */
export function readTree(name: string, text: string): Tree {
  const lines = new LineIndex(text);
  const { document, more, diagnostics } = parseYaml(name, text, lines);
  if (!document?.contents) return { root: undefined, more, diagnostics };
  const reader = new TreeReader(name, text, lines, diagnostics);
  const root = reader.read(document.contents, "", undefined);
  return { root: hasErrors(diagnostics) ? undefined : root, more, diagnostics };
}

/**
 * What stands before a value: the `-` or `:`, behind which the reference places a value that is not written at all,
 * and tags and anchors, with which it begins one that is.
 */
type Before = readonly SourceToken[] | undefined;

class TreeReader {
  readonly #name: string;
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #diagnostics: Diagnostic[];

  constructor(name: string, text: string, lines: LineIndex, diagnostics: Diagnostic[]) {
    this.#name = name;
    this.#text = text;
    this.#lines = lines;
    this.#diagnostics = diagnostics;
  }

  read(node: ParsedNode, path: string, before: Before): SyntaxNode | undefined {
    if (isMap(node)) return this.#readObject(node, path);
    if (isSeq(node)) return this.#readArray(node, path);
    if (isAlias(node)) {
      this.#error(this.#rangeOf(node.range[0], node.source.length), path, "alias nodes are not supported");
      return undefined;
    }
    return isScalar(node) ? this.#readScalar(node, path, before) : undefined;
  }

  #readScalar(node: ScalarNode, path: string, before: Before): SyntaxNode | undefined {
    const text = textOf(node);
    const unwritten = isUnwritten(node);
    const start = unwritten
      ? (indicatorEnd(before) ?? node.range[0])
      : (propertiesStart(before) ?? node.range[0]);
    const range = this.#scalarRange(start, text, node, before);
    const plain = node.type === "PLAIN" && node.tag === undefined;
    const base = { range, path, plain, span: [start, unwritten ? start : node.range[1]] as const };
    const scalar = resolve(node, text);
    if (!scalar) {
      this.#error(range, path, `cannot decode ${JSON.stringify(text.slice(0, 80))} as ${node.tag}`);
      return undefined;
    }
    return scalar.kind === "string" ? { ...base, kind: "string", value: text } : { ...base, ...scalar };
  }

  #readArray(node: Extract<ParsedNode, { items: unknown[] }>, path: string): ArrayNode {
    const elements: SyntaxNode[] = [];
    const tokens = sourceItems(node);
    for (const [i, item] of node.items.entries()) {
      const child = item as ParsedNode;
      const element = this.read(child, joinIndex(path, i), tokens?.[i]?.start);
      if (element) elements.push(element);
    }
    return {
      kind: "array",
      path,
      plain: false,
      span: [node.range[0], node.range[1]],
      range: this.#collectionRange(node, elements.at(-1)),
      elements,
      flow: isSeq(node) && node.flow === true,
    };
  }

  #readObject(node: Extract<ParsedNode, { items: unknown[] }>, path: string): ObjectNode {
    const entries: TreeEntry[] = [];
    let last: SyntaxNode | undefined;
    for (const pair of pairsOf(node)) {
      const entryPath = joinKey(path, isScalar(pair.key) ? textOf(pair.key) : "");
      const before = pair.srcToken?.sep;
      const colonEnd = indicatorEnd(before);
      const flow = isMap(node) && node.flow === true;
      const keyEnd = pair.key?.range[1] ?? node.range[0];
      const key = pair.key
        ? this.read(pair.key, entryPath, pair.srcToken?.start)
        : this.#missing(keyEnd, entryPath);
      const value =
        pair.value && !(flow && isUnwritten(pair.value))
          ? this.read(pair.value, entryPath, before)
          : this.#missing(flow ? this.#skipBlanks(colonEnd ?? keyEnd) : (colonEnd ?? keyEnd), entryPath);
      if (key && key.kind !== "string") this.#error(key.range, key.path, "mapping keys must be strings");
      if (key?.kind === "string" && value) entries.push({ key, value, colonEnd: colonEnd ?? keyEnd });
      last = value ?? last;
    }
    return {
      kind: "object",
      path,
      plain: false,
      span: [node.range[0], node.range[1]],
      range: this.#collectionRange(node, last, entries[0]),
      entries,
      flow: isMap(node) && node.flow === true,
    };
  }

  /** Within braces the reference places a value that is not written at the token that follows. */
  #skipBlanks(offset: number): number {
    let at = offset;
    while (" \t\r\n".includes(this.#text.charAt(at)) && at < this.#text.length) at++;
    return at;
  }

  #missing(offset: number, path: string): SyntaxNode {
    return { kind: "null", path, plain: true, range: this.#rangeOf(offset, 0), span: [offset, offset] };
  }

  /** The reference ends a collection with its last member and so leaves closing brackets out. */
  #collectionRange(node: ParsedNode, last: SyntaxNode | undefined, first?: TreeEntry): Range {
    const begin =
      isMap(node) && !node.flow && first ? first.key.range.begin : this.#lines.positionAt(node.range[0]);
    return { environment: this.#name, begin, end: last?.range.end ?? begin };
  }

  /** The reference ends a scalar at the length of its value, not of its text: quotes and escapes do not count. */
  #scalarRange(offset: number, value: string, node: ScalarNode, before: Before): Range {
    if (node.type !== "BLOCK_LITERAL") {
      const tag = node.type === "PLAIN" ? before?.find((token) => token.type === "tag") : undefined;
      return this.#rangeOf(offset, (tag ? tag.source.length + 1 : 0) + utf8Length(value));
    }
    const { line, column } = this.#lines.lineAndColumn(offset);
    const rows = value.split("\n");
    const end = this.#lines.position(line + rows.length - 1, column + utf8Length(rows.at(-1) ?? ""));
    return { environment: this.#name, begin: this.#lines.position(line, column), end };
  }

  #rangeOf(offset: number, length: number): Range {
    const { line, column } = this.#lines.lineAndColumn(offset);
    const begin = this.#lines.position(line, column);
    return { environment: this.#name, begin, end: this.#lines.position(line, column + length) };
  }

  #error(range: Range, path: string, summary: string): void {
    this.#diagnostics.push(diagnosticAt({ range, path }, summary));
  }
}

type ScalarNode = Extract<ParsedNode, { value: unknown }>;

/** True for a value that is not there at all, as after `key:`. */
function isUnwritten(node: ParsedNode): boolean {
  return isScalar(node) && node.type === "PLAIN" && textOf(node) === "" && node.tag === undefined;
}

/** The text of a scalar. All are text to the parser, except those with a tag that it decodes itself. */
function textOf(node: ParsedNode): string {
  if (!isScalar(node)) return "";
  return typeof node.value === "string" ? node.value : (node.source ?? "");
}

function resolve(node: ScalarNode, text: string): Scalar | undefined {
  if (node.tag !== undefined) return resolveTagged(node.tag, text);
  return node.type === "PLAIN" ? resolvePlain(text) : { kind: "string" };
}

interface SourceToken {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

interface SourceItem {
  readonly start?: SourceToken[];
  readonly sep?: SourceToken[];
}

interface SourcePair {
  key: ParsedNode | null;
  value: ParsedNode | null;
  srcToken?: SourceItem;
}

function pairsOf(node: ParsedNode): SourcePair[] {
  return isMap(node) ? (node.items as unknown as SourcePair[]) : [];
}

function sourceItems(node: ParsedNode): SourceItem[] | undefined {
  const token = node.srcToken;
  return token && "items" in token ? (token.items as SourceItem[]) : undefined;
}

function indicatorEnd(before: Before): number | undefined {
  const found = before?.find(({ type }) => type === "seq-item-ind" || type === "map-value-ind");
  return found && found.offset + found.source.length;
}

function propertiesStart(before: Before): number | undefined {
  return before?.find(({ type }) => type === "tag" || type === "anchor")?.offset;
}
