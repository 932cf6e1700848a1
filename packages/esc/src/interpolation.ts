import { type Accessor, parseAccess, subRanges } from "./access.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { StringNode } from "./yaml-nodes.ts";

/** A piece of a string: text, then possibly a reference that follows it. */
export interface InterpolationPart {
  readonly text: string;
  readonly access: readonly Accessor[] | undefined;
}

/** Splits a string into text and `${references}`; `$$` stands for one `$`. */
export function parseInterpolation(node: StringNode): {
  parts: InterpolationPart[];
  diagnostics: Diagnostic[];
} {
  const { value } = node;
  const ranges = subRanges(node);
  const parts: InterpolationPart[] = [];
  const diagnostics: Diagnostic[] = [];
  let text = "";
  let at = 0;
  while (at < value.length) {
    const dollar = value.indexOf("$", at);
    if (dollar < 0) {
      text += value.slice(at);
      break;
    }
    text += value.slice(at, dollar);
    const next = value.charAt(dollar + 1);
    if (next === "{") {
      const access = parseAccess(node, dollar + 2, ranges);
      // Not spread into one call: a damaged text can have more faults than a call takes arguments.
      for (const diagnostic of access.diagnostics) diagnostics.push(diagnostic);
      parts.push({ text, access: access.accessors });
      text = "";
      at = access.end;
    } else {
      text += "$";
      at = dollar + (next === "$" ? 2 : 1);
    }
  }
  if (text !== "") parts.push({ text, access: undefined });
  return { parts, diagnostics };
}
