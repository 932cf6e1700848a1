import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Decrypter,
  evaluate,
  hasErrors,
  type Loader,
  type Provider,
} from "../../packages/esc/src/index.ts";
import {
  buildReference,
  type Reference,
  startReference,
} from "../../packages/esc/tests/differential/reference.ts";
import { findReferenceCases } from "../../packages/esc/tests/reference-cases.ts";
import { rot128 } from "../../packages/esc/tests/rot128.ts";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { manyImports, manyKeys, typical, type Work } from "./esc/documents.ts";
import { type Figure, figure, pair } from "./measure.ts";

/** Evaluations per measurement: one alone is too short to time. */
const batch = 50;

/**
 * Evaluation in this process beside the Go evaluator on the same documents, in turn, both warm. `value` is the time
 * of one evaluation. Without Go there are only our own times. The growth figures are ours alone, and their ratio is
 * that of the time for each key or import: 1 if a document a hundred times as large takes a hundred times as long.
 */
export async function escFigures(runs: number): Promise<Figure[]> {
  const built = buildReference();
  const reference = "program" in built ? startReference(built.program) : undefined;
  try {
    const figures = [await compared("escEvalTypical", typical(), reference, runs)];
    const folder = benchFolder();
    if (folder) figures.push(await compared("escEvalBenchFolder", folder, reference, runs));
    figures.push(await growth("escGrowthKeys", "100 keys", manyKeys, [100, 10_000], runs));
    figures.push(await growth("escGrowthImports", "20 imports", manyImports, [20, 200], runs));
    return figures;
  } finally {
    reference?.close();
  }
}

async function compared(
  name: string,
  work: Work,
  reference: Reference | undefined,
  runs: number,
): Promise<Figure> {
  for (let i = 0; i < 10; i++) ours(work, batch); // the compiler needs to have seen it
  const mine = async () => ours(work, batch);
  if (!reference) return alone(name, work, runs);
  const theirs = async () => {
    const { milliseconds } = await reference.ask({ name: "bench", ...work, mode: "open", runs: batch });
    if (milliseconds === undefined) throw new Error(`${name}: the reference has no time`);
    return milliseconds / batch;
  };
  await theirs();
  return pair(name, "the Go evaluator", runs, mine, theirs);
}

async function alone(name: string, work: Work, runs: number): Promise<Figure> {
  ours(work, 3);
  return figure(
    name,
    "ms",
    Array.from({ length: runs }, () => ours(work, 1)),
  );
}

/** The time of the large document beside that of as many small ones as hold the same number of keys or imports. */
function growth(
  name: string,
  small: string,
  make: (size: number) => Work,
  [from, to]: readonly [number, number],
  runs: number,
): Promise<Figure> {
  const [few, many] = [make(from), make(to)];
  const times = to / from;
  ours(few, times);
  ours(many, 3);
  return pair(
    name,
    `${times} times ${small}`,
    runs,
    async () => ours(many, 1),
    async () => ours(few, times) * times,
  );
}

const decrypter: Decrypter = rot128;
const instant: Provider = {
  inputs: true,
  outputs: true,
  open: () => ({
    value: "0s",
    trace: {
      def: { environment: "", begin: { line: 0, column: 0, byte: 0 }, end: { line: 0, column: 0, byte: 0 } },
    },
  }),
};

/** Milliseconds per evaluation. */
function ours({ text, environments }: Work, times: number): number {
  const loader: Loader = {
    load: ({ text: name }) => {
      const found = environments[name];
      return found === undefined ? { error: `no ${name}` } : { name, text: found, decrypter };
    },
  };
  const providers = {
    provider: (name: string) => (name === "bench" ? instant : undefined),
    rotator: () => undefined,
  };
  const started = performance.now();
  for (let i = 0; i < times; i++) {
    const result = evaluate({ name: "bench", text, loader, decrypter, providers, mode: "open" });
    if (hasErrors(result.diagnostics)) throw new Error(result.diagnostics[0]?.summary);
  }
  return (performance.now() - started) / times;
}

/** The reference's own bench folder, if its sources are here. */
function benchFolder(): Work | undefined {
  const { folder } = findReferenceCases();
  const path = folder && join(folder, "bench");
  if (path === undefined || !existsSync(path)) return undefined;
  const texts = readdirSync(path)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => [file.slice(0, -".yaml".length), readFileSync(join(path, file), "utf8")] as const);
  const { env = "", ...environments } = Object.fromEntries(texts);
  return { text: env, environments };
}

if (import.meta.main) {
  for (const { name, value, min, max, ratio, reference, n } of await escFigures(11)) {
    const beside = ratio === undefined ? "" : `   ${ratio.toFixed(2)} × ${reference}`;
    print(
      `${name.padEnd(20)} ${value.toFixed(3)} ms (${min.toFixed(3)} to ${max.toFixed(3)}), n=${n}${beside}`,
    );
  }
}
