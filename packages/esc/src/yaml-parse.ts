import { Composer, type CST, type Document, Lexer, Parser } from "yaml";
import type { Diagnostic } from "./diagnostics.ts";
import { limits } from "./limits.ts";
import type { LineIndex } from "./line-index.ts";
import { knownFault } from "./yaml-faults.ts";

/** Errors in YAML's own syntax to report: the first ones tell, and what follows is mostly their consequence. */
const mostErrors = 5;

/** The first document of a text. */
export interface ParsedYaml {
  document: Document.Parsed | undefined;
  /** True if more documents follow, which nobody reads. */
  more: boolean;
  diagnostics: Diagnostic[];
}

/**
 * Parses the first document of a YAML text. The reference reads only the first, too.
 *
 * The depth of nesting is checked on the parser's tokens, because what comes after them is recursive and would
 * run out of stack. Aliases stay references and are never expanded.
 */
export function parseYaml(name: string, text: string, lines: LineIndex): ParsedYaml {
  const fail = (summary: string, offset?: number): Diagnostic => ({
    ...(offset !== undefined && {
      range: { environment: name, begin: lines.positionAt(offset), end: lines.positionAt(offset) },
    }),
    summary,
    severity: "error",
  });

  if (text.length > limits.documentLength) {
    return {
      document: undefined,
      more: false,
      diagnostics: [fail(`the document is longer than ${limits.documentLength} characters`)],
    };
  }
  const { tokens, deepest } = tokensOf(text);
  const excess = deepest === undefined ? excessOf(tokens) : { what: tooDeep, offset: deepest };
  if (excess) {
    return { document: undefined, more: false, diagnostics: [fail(`yaml: ${excess.what}`, excess.offset)] };
  }

  const known = knownFault(name, tokens, lines);
  if (known) return { document: undefined, more: false, diagnostics: [known] };

  const more = tokens.filter((token) => token.type === "document").length > 1;
  const composer = new Composer({
    // Plain scalars are resolved by scalars.ts, which follows the reference and not YAML 1.2.
    schema: "failsafe",
    uniqueKeys: false,
    keepSourceTokens: true,
    logLevel: "silent",
  });
  for (const document of composer.compose(tokens)) {
    const diagnostics = document.errors.slice(0, mostErrors).map((error) => {
      const line = lines.lineAndColumn(error.pos[0]).line;
      return fail(`yaml: line ${line}: ${firstLine(error.message)}`, error.pos[0]);
    });
    return { document: diagnostics.length === 0 ? document : undefined, more, diagnostics };
  }
  return { document: undefined, more, diagnostics: [] };
}

function firstLine(message: string): string {
  const end = message.indexOf("\n");
  return end < 0 ? message : message.slice(0, end);
}

/**
 * The parser's tokens, until one stands too deep (then there is no more than one, unfinished): its own end of a
 * collection is recursive. Its stack holds the document, the outermost value and so on inwards. What follows more errors
 * than are told is not read: a text of braces alone is an error a character, and each takes longer than the one before.
 */
function tokensOf(text: string): { readonly tokens: CST.Token[]; readonly deepest: number | undefined } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === "error") errors++;
    }
    if (errors > mostErrors) break;
    const [outermost, deep] = [parser.stack[0], parser.stack[limits.nesting + 2]];
    if (outermost !== undefined && deep !== undefined) return { tokens: [outermost], deepest: deep.offset };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, deepest: undefined };
}

const tooDeep = `nested more than ${limits.nesting} levels deep`;
const tooMany = `more than ${limits.nodes} keys and values`;

/** Which bound the tokens pass, if any, and the offset of the token that passes it. */
function excessOf(
  roots: readonly CST.Token[],
): { readonly what: string; readonly offset: number } | undefined {
  const stack = roots.map((token) => ({ token, depth: 0 })).reverse();
  let nodes = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { token, depth } = next;
    if (depth > limits.nesting) return { what: tooDeep, offset: token.offset };
    if (depth > 0 && ++nodes > limits.nodes) return { what: tooMany, offset: token.offset };
    if (token.type === "document" && token.value) stack.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const item of token.items) {
      if (item.key) stack.push({ token: item.key, depth: depth + 1 });
      if (item.value) stack.push({ token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}
