import type { Diagnostic } from "@worker-secrets/esc";

const widest = 160;

/** A diagnostic as editors and CI read it, with the source line and a caret below the place. */
export function showDiagnostic(
  diagnostic: Diagnostic,
  file: { readonly path: string; readonly text: string } | undefined,
): string {
  const { range, severity = "error", summary, detail } = diagnostic;
  const said = printable(`${severity}: ${summary}${detail ? ` (${detail})` : ""}`);
  if (!range || range.begin.line === 0) return file ? `${file.path}: ${said}` : said;
  const { line, column } = range.begin;
  const head = `${file?.path ?? range.environment}:${line}:${column}: ${said}`;
  const lines = file?.text.split(/\r?\n/) ?? [];
  const source = lines[line - 1];
  if (source === undefined || source.trim() === "") return head;
  if (mayHoldSecret(lines, line - 1)) return `${head}\n    (the line is not shown: it may hold a secret)`;
  const characters = [...printable(source)];
  const start = Math.max(0, column - 1 - widest / 2);
  const shown = characters.slice(start, start + widest).join("");
  const end = range.end.line === line ? range.end.column : column + 1;
  const width = Math.max(
    1,
    Math.min(end - column, start + widest - (column - 1), characters.length - column + 1),
  );
  return `${head}\n    ${shown}\n    ${" ".repeat(column - 1 - start)}${"^".repeat(width)}`;
}

/** No control character of a file or message reaches the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

/** A line is kept back if it calls `fn::secret`, or if it is indented below a line that does. */
function mayHoldSecret(lines: readonly string[], index: number): boolean {
  let indent = Number.POSITIVE_INFINITY;
  for (let i = index; i >= 0; i--) {
    const line = lines[i] ?? "";
    if (line.trim() === "") continue;
    const own = line.length - line.trimStart().length;
    // The line just before counts in any case: quoted text may go on at any indentation.
    if ((i >= index - 1 || own < indent) && /fn::secret/i.test(line)) return true;
    indent = Math.min(indent, own);
    if (indent === 0 && i < index - 1) return false;
  }
  return false;
}
