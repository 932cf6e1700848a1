import { spawn } from "node:child_process";

/** One figure. `value` is the median; with a reference measured in the same run, `ratio` is the median of the pairs' ratios. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly unit: "ms" | "MB";
  readonly reference?: string;
  readonly referenceValue?: number;
  readonly ratio?: number;
  readonly n: number;
}

/** Runs two things in turn, A B A B …, so that a machine whose speed drifts treats both alike. */
export async function pair(
  name: string,
  reference: string,
  n: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<Figure> {
  const pairs: [number, number][] = [];
  for (let run = 0; run < n; run++) pairs.push([await a(), await b()]);
  const ratio = median(pairs.map(([ours, theirs]) => ours / theirs));
  return {
    ...figure(
      name,
      "ms",
      pairs.map(([ours]) => ours),
    ),
    reference,
    referenceValue: median(pairs.map(([, theirs]) => theirs)),
    ratio,
  };
}

export function figure(name: string, unit: Figure["unit"], values: readonly number[]): Figure {
  return {
    name,
    value: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    unit,
    n: values.length,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Wall time of a whole process in milliseconds; throws when it does not end with 0. */
export function timeProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve(performance.now() - started)
        : reject(new Error(`${args.join(" ")} ended with ${code}: ${complaint}`)),
    );
  });
}
