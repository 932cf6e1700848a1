import { parse as parseDotenv } from "dotenv";

/** dotenv 16.3.1's own expression, which says no positions itself. A test holds it to what that parser finds. */
const ASSIGNMENT =
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm;

/**
 * How a value ends. `whole`: where it was meant to; `cut`: at a '#' without a space before it; `comment`: at a '#' with
 * a space before it, or with nothing; `open`: it begins with a quote that does not end it, and keeps that quote.
 */
export type ValueEnd = "whole" | "cut" | "comment" | "open";

export interface Assignment {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  readonly end: ValueEnd;
}

/** What a dotenv text assigns, in its order, and what its parser drops without a word. */
export interface Scan {
  /** Of a name that stands there twice, the last one wins. */
  readonly assignments: readonly Assignment[];
  /** Lines that are no assignment and no comment: for one, what follows the first line of an unquoted text. */
  readonly dropped: readonly number[];
}

/** Pure. */
export function scanDotenv(content: string): Scan {
  const text = content.replace(/\r\n?/g, "\n");
  // Asked for ever later places, so that each part is counted once.
  let [line, counted] = [1, 0];
  const lineAt = (index: number) => {
    line += text.slice(counted, index).split("\n").length - 1;
    counted = index;
    return line;
  };
  const assignments: Assignment[] = [];
  const dropped: number[] = [];
  const drop = (from: number, to: number) => {
    const first = lineAt(from);
    for (const [index, one] of text.slice(from, to).split("\n").entries())
      if (/^\s*[^\s#]/.test(one)) dropped.push(first + index);
  };
  let end = 0;
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [, name = "", value = ""] = match;
    drop(end, match.index);
    end = match.index + match[0].length;
    const after = text.slice(match.indices?.[2]?.[1] ?? match.indices?.[1]?.[1], end);
    assignments.push({
      name,
      line: lineAt(match.indices?.[1]?.[0] ?? match.index),
      end: valueEnd(value, match[2] === undefined ? after.replace(/^\s*[=:]/, "") : after),
    });
  }
  drop(end, text.length);
  return { assignments, dropped };
}

/** `after`: what stands behind the value, to the end of its assignment. */
function valueEnd(value: string, after: string): ValueEnd {
  if (/^\s*(['"`])[\s\S]*\1\s*$/.test(value)) return "whole";
  if (/^[^\S\n]*#/.test(after)) return /\S$/.test(value) ? "cut" : "comment";
  return /^\s*['"`]/.test(value) ? "open" : "whole";
}

/** The values that dotenv gives to a text's names. */
export function dotenvValues(text: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(parseDotenv(text)));
}
