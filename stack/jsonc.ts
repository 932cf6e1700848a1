import { readFile } from "node:fs/promises";
import {
  findNodeAtLocation,
  getNodeValue,
  type JSONPath,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Fault } from "./faults.ts";

/** A parsed JSONC file that can say where each of its values stands. */
export interface JsoncFile {
  /** `undefined` when the file could not be parsed: then `faults` says why. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** `path:line:column` of a value; of the file itself when there is no such value. */
  where(path: JSONPath): string;
}

/** Reads a JSON file that may hold comments and trailing commas, as wrangler's own reader does. */
export async function readJsonc(file: string, shownAs: string): Promise<JsoncFile> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const fault = {
      where: shownAs,
      what: `the file can't be read (${code})`,
      fix: "Create it, or point the config key 'worker' at the Worker's folder.",
    };
    return { value: undefined, faults: [fault], where: () => shownAs };
  }
  return parseJsonc(text, shownAs);
}

export function parseJsonc(text: string, shownAs: string): JsoncFile {
  const errors: ParseError[] = [];
  const root: Node | undefined = parseTree(text, errors, { allowTrailingComma: true });
  const where = (path: JSONPath): string => {
    const node = root === undefined ? undefined : findNodeAtLocation(root, path);
    return node === undefined
      ? shownAs
      : `${shownAs}:${position(text, node.parent?.type === "property" ? node.parent.offset : node.offset)}`;
  };
  const faults: Fault[] = errors.map((error) => ({
    where: `${shownAs}:${position(text, error.offset)}`,
    what: `not valid JSONC: ${words(printParseErrorCode(error.error))}`,
    fix: "Mend the file.",
  }));
  if (root === undefined && faults.length === 0) {
    faults.push({
      where: shownAs,
      what: "the file is empty",
      fix: "Fill it in: 'name', 'main' and 'compatibility_date' at least.",
    });
  }
  return {
    value: faults.length > 0 || root === undefined ? undefined : (getNodeValue(root) as unknown),
    faults,
    where,
  };
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** `CloseBraceExpected` → `close brace expected`. */
function words(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
