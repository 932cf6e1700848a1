import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** `tests/x.test.ts`: "title", or the file alone. */
const NAMED = /`((?:packages\/[\w-]+\/)?tests\/[\w./-]+)`(?:: "([^"]+)")?/g;

/** What a cell of a table names as the test of its row; without a title, it is the whole file. */
export interface NamedTest {
  readonly file: string;
  readonly title: string | undefined;
}

export function testsNamedIn(cell: string): NamedTest[] {
  return [...cell.matchAll(NAMED)].map(([, file = "", title]) => ({ file, title }));
}

/** Why a document may not name a test: `undefined` where it is there. */
export function whyMissing({ file, title }: NamedTest): string | undefined {
  if (!file.endsWith(".test.ts")) return `${file} is no test file`;
  const path = join(ROOT, file);
  if (!existsSync(path)) return `${file} is not there`;
  if (title === undefined || titles(readFileSync(path, "utf8")).some((pattern) => pattern.test(title)))
    return undefined;
  return `${file} has no test "${title}"`;
}

/** Titles of a test file, as patterns: whatever a template fills in may be anything. */
export function titles(source: string): RegExp[] {
  const literals = source.matchAll(/\b(?:it|describe\w*)\(\s*(["'`])((?:\\.|(?!\1).)*)\1/gs);
  return [...literals].map(([, , text = ""]) => {
    const parts = text.replace(/\\(.)/g, "$1").split(/\$\{[^}]*\}/);
    return new RegExp(
      `^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`,
      "s",
    );
  });
}
