import { type Diagnostic, diagnosticAt } from "./diagnostics.ts";
import type { Range } from "./ranges.ts";
import { displayWidth, isAscii, utf8Length } from "./text-width.ts";
import type { StringNode } from "./yaml-nodes.ts";

/** One step of a property path: `.name` and `["key"]` have a key, `[0]` has an index. */
export type Accessor =
  | { readonly kind: "name" | "key"; readonly key: string; readonly range: Range | undefined }
  | { readonly kind: "index"; readonly index: number; readonly range: Range | undefined };

/** Gives the range of a part of a string; undefined where the string's text differs from its value (quotes, escapes). */
export type SubRange = (start: number, end: number) => Range | undefined;

/** Ranges within a string node. Only plain scalars keep every character where it was written. */
export function subRanges(node: StringNode): SubRange {
  if (!node.plain) return () => undefined;
  const { range, value } = node;
  const ascii = isAscii(value);
  let known = { offset: 0, column: 0, byte: 0 };
  // Measured onwards from the last start, because a string may hold very many references.
  const measure = (offset: number) => {
    if (ascii) return { offset, column: offset, byte: offset };
    const from = offset >= known.offset ? known : { offset: 0, column: 0, byte: 0 };
    const between = value.slice(from.offset, offset);
    return { offset, column: from.column + displayWidth(between), byte: from.byte + utf8Length(between) };
  };
  const position = ({ column, byte }: typeof known) => ({
    line: range.begin.line,
    column: range.begin.column + column,
    byte: range.begin.byte + byte,
  });
  return (start, end) => {
    known = measure(start);
    return { environment: range.environment, begin: position(known), end: position(measure(end)) };
  };
}

/** What {@link parseAccess} read: the steps, and the offset at which it stopped. */
export interface ParsedAccess {
  accessors: Accessor[];
  end: number;
  diagnostics: Diagnostic[];
}

/**
 * Reads a property access such as `a.b["c d"][0]` up to and including its closing brace.
 *
 *     access    = ( name | subscript ) { "." name | subscript } "}"
 *     name      = any characters except ".", "[", "}" and white space
 *     subscript = "[" ( digits | '"' { character | '\"' } '"' ) "]"
 *
 * It recovers from errors, so that one string can report several.
 */
export function parseAccess(node: StringNode, start: number, ranges: SubRange): ParsedAccess {
  return new AccessParser(node, start, ranges).parse();
}

const spaces = new Set([..."\t\n\v\f\r \u0085\u00a0"]);

class AccessParser {
  readonly #node: StringNode;
  readonly #text: string;
  readonly #ranges: SubRange;
  readonly #accessors: Accessor[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  #at: number;

  constructor(node: StringNode, start: number, ranges: SubRange) {
    this.#node = node;
    this.#text = node.value;
    this.#ranges = ranges;
    this.#at = start;
  }

  parse(): ParsedAccess {
    for (;;) {
      const char = this.#peek();
      if (char === undefined || spaces.has(char)) {
        this.#error(this.#at, "missing closing brace '}' in interpolation");
        return this.#finish(this.#at);
      }
      const start = this.#at;
      if (char === "}") {
        this.#at++;
        return this.#finish(start);
      }
      if (char === "[") {
        this.#at++;
        this.#accessors.push(this.#subscript(start));
        continue;
      }
      if (char === ".") this.#at++;
      this.#accessors.push(this.#name(start));
    }
  }

  /** An access without any step (`${}`) becomes one with an empty name, which nothing has. */
  #finish(start: number): ParsedAccess {
    if (this.#accessors.length === 0) {
      this.#accessors.push({ kind: "name", key: "", range: this.#ranges(start, this.#at) });
    }
    return { accessors: this.#accessors, end: this.#at, diagnostics: this.#diagnostics };
  }

  #name(start: number): Accessor {
    const from = this.#at;
    while (!this.#atNameEnd()) this.#at++;
    const key = this.#text.slice(from, this.#at);
    if (key === "") this.#error(start, "property name must not be empty");
    return { kind: "name", key, range: this.#ranges(start, this.#at) };
  }

  #subscript(start: number): Accessor {
    if (this.#peek() === undefined) {
      this.#error(start, "subscript is missing closing bracket ']'");
      return { kind: "key", key: "", range: this.#ranges(start, this.#at) };
    }
    const index = this.#peek() === '"' ? this.#quotedKey(start) : this.#index(start);
    if (this.#peek() === "]") this.#at++;
    else this.#error(start, "subscript is missing closing bracket ']'");
    const range = this.#ranges(start, this.#at);
    return typeof index === "number" ? { kind: "index", index, range } : { kind: "key", key: index, range };
  }

  #quotedKey(start: number): string {
    this.#at++;
    let key = "";
    for (;;) {
      const char = this.#peek();
      if (char === undefined) {
        this.#error(start + 1, "key subscript is missing closing quote '\"'");
        return key;
      }
      this.#at++;
      if (char === '"') {
        if (key === "") this.#error(start + 1, "key subscript must not be empty");
        return key;
      }
      if (char === "\\" && this.#peek() === '"') {
        key += '"';
        this.#at++;
      } else {
        key += char;
      }
    }
  }

  #index(start: number): number | string {
    const from = this.#at;
    while (this.#peek() !== "]" && !this.#atNameEnd()) this.#at++;
    const digits = this.#text.slice(from, this.#at);
    const number = /^[-+]?[0-9]+$/.test(digits) ? Number(digits) : Number.NaN;
    if (!Number.isSafeInteger(number)) {
      this.#error(start + 1, "numeric subscript must be a positive base-10 integer");
      return digits;
    }
    if (this.#accessors.length === 0) {
      this.#error(
        start,
        "the first accessor must be a property name or key subscript, not a numeric subscript",
      );
    }
    return number;
  }

  #peek(): string | undefined {
    return this.#at < this.#text.length ? this.#text.charAt(this.#at) : undefined;
  }

  #atNameEnd(): boolean {
    const char = this.#peek();
    return char === undefined || char === "." || char === "[" || char === "}" || spaces.has(char);
  }

  #error(start: number, summary: string): void {
    const range = this.#ranges(start, this.#at) ?? this.#node.range;
    this.#diagnostics.push(diagnosticAt({ range, path: this.#node.path }, summary));
  }
}
