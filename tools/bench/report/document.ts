import type { Machine } from "../machine.ts";
import type { Figure } from "../measure.ts";
import type { Measured } from "../run.ts";
import { ABOUT } from "./about.ts";

/** `docs/performance.md` out of one run. */
export function performanceDocument({ figures, series, calls, state, floor }: Measured, on: Machine): string {
  const packages = Object.entries(on.packages).map(([name, version]) => `${name} ${version}`);
  return `# Performance

Written by \`npm run bench -- --docs\`; edit \`tools/bench/report/about.ts\` for the words.

Measured ${on.date} on ${on.processors} processors (${on.processor}, ${on.memoryGB} GB), load ${on.load} as it began: where
that is more than the number of processors, others were at work and only the ratios mean something. Node ${on.node}, engine
${on.engine}, ${packages.join(", ")}.

## Figures

Each is the median of runs made in turn with its reference; the ratio is the median of the pairs' ratios.

${table(
  ["figure", "median", "min – max", "n", "×", "of the reference"],
  figures.map((one) => [
    `\`${one.name}\`${one.what === undefined ? "" : `: ${one.what}`}`,
    amount(one.value, one.unit),
    `${amount(one.min, one.unit)} – ${amount(one.max, one.unit)}`,
    String(one.n),
    one.ratio === undefined ? "" : `**${one.ratio.toFixed(2)}**`,
    reference(one),
  ]),
)}

${ABOUT.figures}

## Growth

![No-change preview and memory over size](performance.svg)

${series
  .map(
    ({
      of,
      points,
      slope,
      off,
      callsForOneMore,
    }) => `One more of ${of}: ${slope.toFixed(1)} ms and ${callsForOneMore.toFixed(1)} requests of a no-change preview; no time is more than ${(off * 100).toFixed(0)} % off a straight line.

${table(
  [of, "first up", "no-change preview", "requests", "program", "engine", "sandbox"],
  points.map(({ size, first, preview, calls: requests, memory }) => [
    String(size),
    amount(first, "ms"),
    amount(preview, "ms"),
    String(requests),
    amount(memory.program, "MB"),
    amount(memory.engine, "MB"),
    amount(memory.sandbox, "MB"),
  ]),
)}
`,
  )
  .join("\n")}
${ABOUT.growth}

## What each command asks

One Worker with 2 secrets; milliseconds are the sandbox's, all calls of a kind together.

${calls
  .map(
    ({ command, calls: rows }) => `### ${command}: ${rows.reduce((sum, { count }) => sum + count, 0)} requests

${table(
  ["request", "times", "ms"],
  rows.map(({ call, count, milliseconds }) => [`\`${call}\``, String(count), milliseconds.toFixed(1)]),
)}
`,
  )
  .join("\n")}
${ABOUT.calls}

## The sandbox's state half

${table(
  ["resources", "mode", "up", "up, nothing changed", "destroy"],
  state.map((row) => [
    String(row.resources),
    row.mode,
    amount(row.up, "ms"),
    amount(row.noChange, "ms"),
    amount(row.destroy, "ms"),
  ]),
)}

Its own floor, from 50 clients at once in one process, each write on disk (\`synchronous = FULL\`) before the answer:

${table(
  ["call", "requests per second", "p50", "p99", "n"],
  floor.map(({ call, perSecond, p50, p99, n }) => [
    call,
    perSecond.toFixed(0),
    amount(p50, "ms"),
    amount(p99, "ms"),
    String(n),
  ]),
)}

## Where the time goes

${ABOUT.profile}
`;
}

function reference({ reference: what, referenceValue, unit }: Figure): string {
  if (what === undefined) return "";
  return referenceValue === undefined ? what : `${what}: ${amount(referenceValue, unit)}`;
}

function amount(value: number, unit: string): string {
  if (unit === "ms" && value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
