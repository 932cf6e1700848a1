import { literal } from "./escape.ts";
import type { CheckReport, PreviewReport, Report, StackRun } from "./report.ts";

/** First line of the one comment of a pull request; by it the next run finds it again. */
export const MARKER = "<!-- worker-secrets: pull request -->";

/** GitHub takes 65,536 characters (422 beyond). */
export const MAX_COMMENT = 60_000;

const SYMBOLS: Readonly<Record<string, string>> = {
  create: "+",
  update: "~",
  delete: "-",
  replace: "±",
  import: "=",
};

/** The comment's whole text. `run` is the address of the workflow's run, from the workflow itself. */
export function renderComment(report: Report, run: string): string {
  const lines = report.kind === "preview" ? previewLines(report) : checkLines(report);
  const close = ["", `Commit ${report.head.slice(0, 12)} · [the run](${run})`];
  return [
    MARKER,
    ...bounded(lines, MAX_COMMENT - MARKER.length - close.join("\n").length - 200),
    ...close,
  ].join("\n");
}

/** The same for the summary of a job. */
export function renderRun(run: StackRun): string {
  return bounded(previewLines(run), MAX_COMMENT).join("\n");
}

/** Whole lines alone, so that no tag or entity is cut. */
export function bounded(lines: readonly string[], longest: number): string[] {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > longest) return [...shown, "", `${lines.length - shown.length} more lines are left out.`];
    shown.push(line);
  }
  return shown;
}

function previewLines({
  stack,
  outcome,
  steps,
  secrets,
  variables,
  assets,
  problems,
  url,
}: StackRun): string[] {
  const title = `### Stack ${literal(stack)}`;
  const answers = url === undefined ? [] : ["", `It answers at ${literal(url, 300)}`];
  const list = problems.map((line) => `- ${literal(line, 500)}`);
  const advice = list.length === 0 ? [] : ["", "Policies advise:", "", ...list];
  if (outcome === "failed") {
    return [
      title,
      "",
      "**It failed.**",
      ...(problems.length === 0 ? ["", "The run has the reason."] : ["", ...list]),
    ];
  }
  const changed = steps.filter(({ op }) => op !== "same" && op !== "read");
  if (changed.length === 0) return [title, "", "Nothing changes.", ...advice, ...answers];
  return [
    title,
    ...answers,
    ...advice,
    ...namesLines("Secrets, by name (values are in ESC alone):", secrets),
    ...namesLines("Variables, by name:", variables),
    ...namesLines("Static assets:", assets),
    "",
    `${changed.length === 1 ? "One resource changes" : `${changed.length} resources change`}:`,
    "",
    ...changed.map(
      ({ op, type, name, properties }) =>
        `- ${literal(`${SYMBOLS[op] ?? "*"} ${op}`)} ${literal(name)} ${literal(type)}` +
        (properties.length === 0
          ? ""
          : `: ${properties
              .slice(0, 20)
              .map((one) => literal(one, 60))
              .join(" ")}`),
    ),
  ];
}

function namesLines(title: string, found: PreviewReport["variables"]): string[] {
  if (found === undefined) return [];
  const lines = (["added", "changed", "removed"] as const)
    .filter((kind) => found[kind].length > 0)
    .map((kind) => `- ${kind}: ${found[kind].map((name) => literal(name)).join(" ")}`);
  return lines.length === 0 ? [] : ["", title, "", ...lines];
}

function checkLines({ outcome, tests }: CheckReport): string[] {
  const counts =
    tests === undefined
      ? "The tests did not come to their end."
      : `${tests.passed} tests passed, ${tests.failed} failed, ${tests.skipped} skipped.`;
  return [
    "### Check on the sandbox",
    "",
    outcome === "succeeded" ? "**It passed.**" : "**It failed.**",
    "",
    `${counts} It ran without any credential, as for every pull request from a fork: no stack of ours was reached.`,
  ];
}
