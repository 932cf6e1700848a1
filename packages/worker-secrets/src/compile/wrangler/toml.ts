import type { JSONPath } from "jsonc-parser";
import { parse, TomlError } from "smol-toml";
import { type ParsedFile, unparsed } from "../jsonc.ts";

export function parseToml(text: string, shownAs: string): ParsedFile {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError || error instanceof RangeError)) throw error;
    const where = error instanceof TomlError ? `${shownAs}:${error.line}:${error.column}` : shownAs;
    // The first line says what is wrong; the others show the source.
    const what = `not valid TOML: ${error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? ""}`;
    return unparsed([{ where, what, fix: "Correct the file." }], shownAs);
  }
  const positions = positionsOf(text);
  const where = (path: JSONPath): string => {
    for (let length = path.length; length > 0; length--) {
      const found = positions.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return `${shownAs}:${found}`;
    }
    return shownAs;
  };
  return { value, faults: [], where };
}

/**
 * `line:column` of the tables and keys, by their path. The parser keeps no positions, so they are searched line by
 * line; what stands inside an inline table or a list is found at the key that holds it.
 */
function positionsOf(text: string): ReadonlyMap<string, string> {
  const positions = new Map<string, string>();
  const tables = new Map<string, number>();
  let table: JSONPath = [];
  let openQuote: string | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const quotes = line.match(/"""|'''/g) ?? [];
    const inside = openQuote !== undefined;
    for (const quote of quotes) {
      if (openQuote === undefined) openQuote = quote;
      else if (openQuote === quote) openQuote = undefined;
    }
    if (inside) continue;
    const header = /^\s*(\[\[?)([^\]=]+)\]/.exec(line);
    const assignment = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(
      line,
    );
    const column = line.length - line.trimStart().length + 1;
    if (header !== null) {
      table = resolved(keys(header[2] ?? ""), tables, header[1] === "[[");
      mark(positions, table, `${index + 1}:${column}`);
    } else if (assignment !== null) {
      mark(positions, [...table, ...keys(assignment[1] ?? "")], `${index + 1}:${column}`);
    }
  }
  return positions;
}

/** A path and, where nothing else says so before, what it is in. */
function mark(positions: Map<string, string>, path: JSONPath, at: string): void {
  for (let length = path.length; length > 0; length--) {
    const key = JSON.stringify(path.slice(0, length));
    if (!positions.has(key)) positions.set(key, at);
  }
}

/** The header's path with the index of every list of tables that it goes through; `[[…]]` begins a new item. */
function resolved(names: readonly string[], tables: Map<string, number>, isItem: boolean): JSONPath {
  const path: JSONPath = [];
  for (const [index, name] of names.entries()) {
    path.push(name);
    const key = JSON.stringify(path);
    if (isItem && index === names.length - 1) tables.set(key, (tables.get(key) ?? -1) + 1);
    const item = tables.get(key);
    if (item !== undefined) path.push(item);
  }
  return path;
}

function keys(dotted: string): string[] {
  return [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}
