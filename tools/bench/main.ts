import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findEngine } from "../../packages/worker-secrets/src/cli/engine/executable/index.ts";
import { note, print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { machine } from "./machine.ts";
import { FIGURES, isFigure } from "./names.ts";
import { performanceDocument } from "./report/document.ts";
import { growthPlot } from "./report/plot.ts";
import { measureAll } from "./run.ts";
import { ROOT } from "./world.ts";

const HELP = `Usage: npm run bench [-- [--json] [--runs N] [--quick] [--docs] [NAME…]]

Every figure as the median of runs made in turn with its reference, on whatever machine this is: read the ratios.
NAME is one of ${FIGURES.join(", ")}; by default all.

  --json     one JSON object on stdout, progress on stderr (npm run -s)
  --runs N   pairs of runs for each figure (default 7)
  --quick    smaller sizes where they are not part of a figure's name, and no growth
  --docs     write docs/performance.md and docs/performance.svg out of this run
  --help     this text

Exit codes: 0 measured, 1 something failed, 2 wrong usage.`;

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        runs: { type: "string", default: "7" },
        quick: { type: "boolean", default: false },
        docs: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const unknown = positionals.filter((name) => !isFigure(name));
    if (unknown.length > 0) throw new Error(`no figure is called ${unknown.join(", ")}`);
    if (!/^[1-9]\d*$/.test(values.runs)) throw new Error(`--runs ${values.runs} is not a number from 1`);
    if (values.docs && (positionals.length > 0 || values.quick))
      throw new Error("--docs needs a whole run: no NAME, no --quick");
    return { ...values, runs: Number(values.runs), names: positionals };
  } catch (error) {
    note(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

const { json, runs, quick, docs, help, names } = options();
if (help) {
  print(HELP);
  process.exit(0);
}
const say = (text: string) => (json ? note : print)(text);
const engine = await findEngine({ onProgress: say });
const facts = machine(engine.version);
const wanted = (name: string) => names.length === 0 || names.includes(name);
const measured = await measureAll({ engine: engine.path, runs, quick, wanted, all: names.length === 0, say });
const { failures } = measured;
if (docs && failures.length > 0) say("docs/performance.md is not written: it would lack what failed.");
else if (docs) {
  writeFileSync(join(ROOT, "docs/performance.svg"), growthPlot(measured.series));
  writeFileSync(join(ROOT, "docs/performance.md"), performanceDocument(measured, facts));
  say("docs/performance.md and docs/performance.svg are written.");
}
if (json) print(JSON.stringify({ figures: measured.figures, ...facts }));
else {
  say(
    `\nNode ${facts.node}, engine ${facts.engine}, ${facts.processors} processors, load ${facts.load}; median (min to max), n`,
  );
  for (const { name, value, min, max, unit, ratio, reference, n } of measured.figures) {
    const beside = ratio === undefined ? "" : `   ${ratio.toFixed(2)} × ${reference}`;
    say(`  ${name.padEnd(20)} ${short(value)} ${unit} (${short(min)} to ${short(max)}), n=${n}${beside}`);
  }
}
for (const failure of failures) note(`not measured: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

function short(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}
