import type { Location, Range } from "./ranges.ts";

/** How grave a diagnostic is. Only errors make a document invalid. */
export type Severity = "error" | "warning";

/** One finding about a document, in the form in which the service reports it. */
export interface Diagnostic {
  range?: Range;
  summary: string;
  detail?: string;
  path?: string;
  severity?: Severity;
}

/** A diagnostic that covers the given location. */
export function diagnosticAt(where: Location, summary: string, severity: Severity = "error"): Diagnostic {
  return {
    ...(where.range && { range: where.range }),
    summary,
    ...(where.path !== "" && { path: where.path }),
    severity,
  };
}

/** True if any of the diagnostics is an error; one without a severity is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity !== "warning");
}

/** Orders diagnostics as a reader meets them: by environment, line and column, those without a range first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(compare);
}

function compare(a: Diagnostic, b: Diagnostic): number {
  if (!a.range || !b.range) {
    if (!a.range && !b.range) return a.summary < b.summary ? -1 : a.summary > b.summary ? 1 : 0;
    return a.range ? 1 : -1;
  }
  if (a.range.environment !== b.range.environment) return a.range.environment < b.range.environment ? -1 : 1;
  return a.range.begin.line - b.range.begin.line || a.range.begin.column - b.range.begin.column;
}

/** One line for people: `project/env:3:7: error: summary`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { range, severity = "error", summary, detail } = diagnostic;
  const where = range ? `${range.environment}:${range.begin.line}:${range.begin.column}: ` : "";
  return `${where}${severity}: ${summary}${detail ? ` (${detail})` : ""}`;
}
