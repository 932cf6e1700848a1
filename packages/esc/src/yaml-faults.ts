import type { CST } from "yaml";
import type { Diagnostic } from "./diagnostics.ts";
import type { LineIndex } from "./line-index.ts";
import type { Range } from "./ranges.ts";

/** A fault of YAML's own syntax: where it is, and what the reference's parser says. */
interface KnownFault {
  readonly offset: number;
  /** How the reference counts lines: its scanner from 1, its parser from 0, and it then shows no 0. */
  readonly scanner: boolean;
  readonly text: string;
}

/** Where faults are that the reference reports without a range. */
const places = new WeakMap<Diagnostic, Range>();

/** Where a diagnostic belongs: its range, or where the fault of the YAML syntax is that has none. */
export function placeOf(diagnostic: Diagnostic): Range | undefined {
  return diagnostic.range ?? places.get(diagnostic);
}

/** The fault for which we have the reference's own words, if the first document has it. */
export function knownFault(
  name: string,
  allTokens: readonly CST.Token[],
  lines: LineIndex,
): Diagnostic | undefined {
  const first = firstDocument(allTokens);
  const second = allTokens.findIndex((token, i) => i > first && token.type === "document");
  const tokens = second < 0 ? allTokens : allTokens.slice(0, second);
  const found = badEscape(tokens) ?? openCollection(tokens);
  if (!found) return undefined;
  const line = lines.lineAndColumn(found.offset).line - (found.scanner ? 0 : 1);
  const where = line > (found.scanner ? 1 : 0) ? `line ${line}: ` : "";
  const fault: Diagnostic = { summary: `yaml: ${where}${found.text}`, severity: "error" };
  const begin = lines.positionAt(found.offset);
  places.set(fault, { environment: name, begin, end: begin });
  return fault;
}

function firstDocument(tokens: readonly CST.Token[]): number {
  return tokens.findIndex((token) => token.type === "document");
}

/** Characters beyond 16 bits have one escape of their own; halves of surrogate pairs are no characters. */
function badEscape(tokens: readonly CST.Token[]): KnownFault | undefined {
  for (const token of all(tokens)) {
    if (token.type !== "double-quoted-scalar") continue;
    if (!/^(?:[^\\]|\\[^u]|\\u(?![dD][89a-fA-F]))*\\u[dD][89a-fA-F]/s.test(token.source)) continue;
    return { offset: token.offset, scanner: true, text: "found invalid Unicode character escape code" };
  }
  return undefined;
}

/** Of the lists and objects in brackets that do not end, the innermost. */
function openCollection(tokens: readonly CST.Token[]): KnownFault | undefined {
  let innermost: KnownFault | undefined;
  for (const token of all(tokens)) {
    if (token.type !== "flow-collection") continue;
    const [closing, end] = token.start.source === "[" ? ["]", "flow-seq-end"] : ["}", "flow-map-end"];
    if (token.end.some(({ type }) => type === end)) continue;
    if (innermost && innermost.offset > token.offset) continue;
    innermost = { offset: token.offset, scanner: false, text: `did not find expected ',' or '${closing}'` };
  }
  return innermost;
}

/** All tokens of a document with those within them. Not recursive: what strangers send may be nested deeply. */
function* all(roots: readonly CST.Token[]): Generator<CST.Token> {
  const stack = [...roots].reverse();
  for (let token = stack.pop(); token; token = stack.pop()) {
    yield token;
    if (token.type === "document" && token.value) stack.push(token.value);
    if (!("items" in token)) continue;
    for (const item of token.items) {
      if (item.key) stack.push(item.key);
      if (item.value) stack.push(item.value);
    }
  }
}
