import {
  findNodeAtLocation,
  getNodeValue,
  type JSONPath,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Fault } from "../faults.ts";

/** JSON as it stands in a file. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A parsed file that can say where each of its values stands. */
export interface ParsedFile {
  /** `undefined` when the file could not be parsed: then `faults` says why. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /**
   * `path:line:column` of a value; of the nearest one around it when there is no such value (a missing key), and the
   * file alone when that is the whole of it.
   */
  where(path: JSONPath): string;
}

export function unparsed(faults: readonly Fault[], shownAs: string): ParsedFile {
  return { value: undefined, faults, where: () => shownAs };
}

/** Parses JSON that may hold comments and trailing commas, as wrangler's own reader does. */
export function parseJsonc(text: string, shownAs: string): ParsedFile {
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { allowTrailingComma: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return unparsed(
      [{ where: shownAs, what: "the values are nested too deep", fix: "Correct the file." }],
      shownAs,
    );
  }
  // The parser goes on after a mistake and then finds more that follow from it: one mistake is one fault.
  const [error] = errors;
  if (error !== undefined && text.trim() !== "") {
    const where = `${shownAs}:${position(text, error.offset)}`;
    const what = `not valid JSONC: ${words(printParseErrorCode(error.error))}`;
    return unparsed([{ where, what, fix: "Correct the file." }], shownAs);
  }
  if (root === undefined || error !== undefined) {
    const fix = "Fill it in: 'name', 'main' and 'compatibility_date' at least.";
    return unparsed([{ where: shownAs, what: "the file is empty", fix }], shownAs);
  }
  const faults = lostKeys(root).map(
    (node): Fault => ({
      where: `${shownAs}:${position(text, node.offset)}`,
      what: `the key '${String(node.value)}' stands twice in one object (or is '__proto__'); only one value would count`,
      fix: "Take one of them out.",
    }),
  );
  const where = (path: JSONPath): string => {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(root, path.slice(0, length));
      if (node === undefined) continue;
      const offset = node.parent?.type === "property" ? node.parent.offset : node.offset;
      return `${shownAs}:${position(text, offset)}`;
    }
    return shownAs;
  };
  return { value: faults.length > 0 ? undefined : (getNodeValue(root) as unknown), faults, where };
}

/** Keys whose value does not arrive in the object that the parser makes. */
function lostKeys(node: Node): Node[] {
  const children = node.children ?? [];
  const inner = children.flatMap(lostKeys);
  if (node.type !== "object") return inner;
  const seen = new Set<unknown>(["__proto__"]);
  const lost = children.flatMap((property) => {
    const key = property.children?.[0];
    if (key === undefined || seen.size !== seen.add(key.value).size) return [];
    return [key];
  });
  return [...lost, ...inner];
}

/** `line:column` of an offset, both from 1. */
function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** `CloseBraceExpected` → `close brace expected`. */
function words(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
