import { spawn } from "node:child_process";

/**
 * One figure, as the JSON has it. `value` and `referenceValue` are medians of runs that were made in turn, `ratio` is the
 * median of the pairs' ratios.
 */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: "ms" | "MB" | "1/s" | "calls";
  readonly reference?: string;
  readonly referenceValue?: number;
  readonly ratio?: number;
  readonly n: number;
  readonly min: number;
  readonly max: number;
  /** What was measured, how large it was. */
  readonly what?: string;
}

/** Runs two things in turn, A B A B …, so that a machine whose speed drifts treats both alike. */
export async function pair(
  name: string,
  reference: string,
  n: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
  what?: string,
): Promise<Figure> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < n; run++) {
    ours.push(await a());
    theirs.push(await b());
  }
  return beside(figure(name, "ms", ours, what), reference, ours, theirs);
}

/** A figure with its reference: values that were measured in turn, pair by pair. */
export function beside(
  of: Figure,
  reference: string,
  ours: readonly number[],
  theirs: readonly number[],
): Figure {
  const ratios = ours.map((one, at) => one / (theirs[at] ?? Number.NaN));
  return { ...of, reference, referenceValue: median(theirs), ratio: median(ratios) };
}

export function figure(name: string, unit: Figure["unit"], values: readonly number[], what?: string): Figure {
  return {
    name,
    value: median(values),
    unit,
    n: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    ...(what === undefined ? {} : { what }),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which a share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Least squares: the value of one more, and how far the points lie from the line at most, as a share of its value there
 * (0: on it).
 */
export function line(points: readonly (readonly [x: number, y: number])[]): { slope: number; off: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sum = (of: (x: number, y: number) => number) =>
    points.reduce((all, [x, y]) => all + of(x - mx, y - my), 0);
  const slope = sum((x, y) => x * y) / sum((x) => x * x);
  const off = points.map(([x, y]) => Math.abs(y / (my + slope * (x - mx)) - 1));
  return { slope, off: Math.max(...off) };
}

export interface Timed {
  readonly milliseconds: number;
  readonly stdout: string;
}

/** Runs a whole process; throws, with what it said, when it does not end with 0. */
export function timed(
  file: string,
  args: readonly string[],
  { cwd, env, input }: { cwd?: string; env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<Timed> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: env ?? process.env,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdin?.end(input);
    let [stdout, said] = ["", ""];
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve({ milliseconds: performance.now() - started, stdout })
        : reject(new Error(`${file} ${args.join(" ")} ended with ${code}:\n${stdout}${said}`)),
    );
  });
}
