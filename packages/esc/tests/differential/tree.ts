/** A YAML node of a generated document, kept as a tree so that a failing document can be made smaller. */
export type Node = Scalar | List | Mapping;

export interface Scalar {
  readonly kind: "scalar";
  readonly text: string;
  /** `plain` text is written as it is: it must be safe to. */
  readonly style: "plain" | "single" | "double" | "literal" | "folded";
}

export interface List {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly flow: boolean;
}

export interface Mapping {
  readonly kind: "map";
  readonly entries: readonly (readonly [Scalar, Node])[];
  readonly flow: boolean;
  /** A comment or blank line before the entries of a block. */
  readonly before?: string;
}

/** The text of a document. */
export function render(node: Node): string {
  if (node.kind === "map" && !isFlow(node)) return `${block(node, 0)}\n`;
  return `${inline(node)}\n`;
}

/** Empty collections have no block form. */
function isFlow(node: List | Mapping): boolean {
  return node.flow || (node.kind === "list" ? node.items.length === 0 : node.entries.length === 0);
}

function block(node: List | Mapping, indent: number): string {
  const pad = " ".repeat(indent);
  if (node.kind === "list") return node.items.map((item) => `${pad}-${after(item, indent)}`).join("\n");
  const before = node.before === undefined ? "" : `${node.before === "" ? "" : `${pad}${node.before}`}\n`;
  return (
    before + node.entries.map(([key, value]) => `${pad}${inline(key)}:${after(value, indent)}`).join("\n")
  );
}

function after(node: Node, indent: number): string {
  if (node.kind !== "scalar") return isFlow(node) ? ` ${inline(node)}` : `\n${block(node, indent + 2)}`;
  if (!canBeBlock(node)) return ` ${inline(node)}`;
  const pad = " ".repeat(indent + 2);
  const mark = node.style === "literal" ? "|" : ">";
  const chomp = node.text.endsWith("\n") ? "" : "-";
  const lines = node.text.replace(/\n$/, "").split("\n");
  return ` ${mark}${chomp}\n${lines.map((line) => (line === "" ? "" : `${pad}${line}`)).join("\n")}`;
}

function canBeBlock({ style, text }: Scalar): boolean {
  if (style !== "literal" && style !== "folded") return false;
  return /^\S/.test(text) && !/\n\n$|[^\n\u0020-\u007e\u00a0-\u2027\u2030-\ufefe\uff00-\uffff]/.test(text);
}

function inline(node: Node): string {
  if (node.kind === "list") return `[${node.items.map(inline).join(", ")}]`;
  if (node.kind === "map")
    return `{${node.entries.map(([key, value]) => `${inline(key)}: ${inline(value)}`).join(", ")}}`;
  if (node.style === "plain") return node.text;
  // Single quotes fold line breaks and cannot hold control characters; the rest can hold anything.
  if (node.style === "single" && /^[\u0020-\u007e\u00a0-\u2027\u2030-\ufefe]*$/.test(node.text))
    return `'${node.text.replaceAll("'", "''")}'`;
  // As escapes: some of these are line breaks to YAML, others may not stand in it at all.
  return JSON.stringify(node.text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Everything that is a little smaller than a node. The largest steps come first. */
export function* smaller(node: Node): Generator<Node> {
  if (node.kind === "scalar") {
    if (node.text.length > 1) {
      yield { ...node, text: "x", style: "plain" };
      if (node.style !== "plain") {
        const characters = [...node.text];
        const half = Math.floor(characters.length / 2);
        yield { ...node, text: characters.slice(0, half).join("") };
        yield { ...node, text: characters.slice(half).join("") };
        if (characters.length < 40)
          for (let i = 0; i < characters.length; i++)
            yield { ...node, text: characters.toSpliced(i, 1).join("") };
      }
    }
    if (node.style !== "plain" && node.style !== "double") yield { ...node, style: "double" };
    return;
  }
  if (node.kind === "list") {
    yield* node.items;
    for (let i = 0; i < node.items.length; i++) yield { ...node, items: node.items.toSpliced(i, 1) };
    for (const [i, item] of node.items.entries())
      for (const less of smaller(item)) yield { ...node, items: node.items.with(i, less) };
    return;
  }
  for (let i = 0; i < node.entries.length; i++) yield { ...node, entries: node.entries.toSpliced(i, 1) };
  for (const [, value] of node.entries) yield value;
  if (node.before !== undefined) {
    const { before: _, ...rest } = node;
    yield rest;
  }
  for (const [i, [key, value]] of node.entries.entries())
    for (const less of smaller(value)) yield { ...node, entries: node.entries.with(i, [key, less]) };
}
