import { join } from "node:path";
import Mocha from "mocha";

/** A test, or a hook, that failed. */
export interface Failure {
  /** Absolute; empty where mocha does not say. */
  readonly file: string;
  readonly title: string;
  readonly message: string;
}

/** What came of a run of files. */
export interface Outcome {
  /** How many tests passed, by file. */
  readonly passed: ReadonlyMap<string, number>;
  readonly pending: number;
  readonly failures: readonly Failure[];
}

/** More files than this with a failure are no accident of the machine: nothing is run again. */
const MOST_AGAIN = 3;

/** Runs files with mocha, each in a process of its own, `jobs` at a time. Prints as mocha's `spec` does. */
export function runFiles(files: readonly string[], jobs: number): Promise<Outcome> {
  const mocha = new Mocha({
    reporter: "spec",
    timeout: 180_000,
    slow: 10_000,
    failZero: true,
    color: process.stdout.isTTY,
    // Always in processes of their own, also one at a time: so a file runs the same alone and in the whole run.
    parallel: true,
    jobs,
    require: [join(import.meta.dirname, "process-hooks.ts")],
  });
  // The option alone is ignored for one job; then files would be loaded here, where one with a top-level await can't be.
  mocha.parallelMode(true);
  for (const file of files) mocha.addFile(file);
  const passed = new Map<string, number>();
  const failures: Failure[] = [];
  return new Promise((resolve) => {
    const runner = mocha.run((count) => {
      // A run without any test is a failure (failZero), of which there is no event.
      while (failures.length < count) failures.push({ file: "", title: "the run itself", message: "" });
      resolve({ passed, pending: runner.stats?.pending ?? 0, failures });
    });
    runner.on("pass", ({ file = "" }) => void passed.set(file, (passed.get(file) ?? 0) + 1));
    runner.on("fail", (test, error: unknown) => {
      const message = error instanceof Error ? error.message : String(Object(error).message ?? error);
      failures.push({ file: test.file ?? "", title: test.fullTitle(), message });
    });
  });
}

/**
 * The files to be run once more: those with a failure, where they are few. None that looks for leaks: what showed a
 * secret once has shown it.
 */
export function filesAgain({ failures }: Outcome): string[] {
  const files = [...new Set(failures.map(({ file }) => file))];
  const excluded = files.some((file) => file === "" || /[\\/]leak[\\/]/.test(file));
  return excluded || files.length > MOST_AGAIN ? [] : files;
}

/** A run and the second one of some of its files, of which the second counts, and what failed in the first alone. */
export function joined(first: Outcome, again: readonly string[], second: Outcome) {
  const other = ({ file }: { readonly file: string }) => !again.includes(file);
  const failures = [...first.failures.filter(other), ...second.failures];
  const stillFails = new Set(second.failures.map(({ file, title }) => `${file}\0${title}`));
  const outcome: Outcome = {
    passed: new Map([...[...first.passed].filter(([file]) => other({ file })), ...second.passed]),
    pending: first.pending,
    failures,
  };
  const unsteady = first.failures.filter(
    (failure) => !other(failure) && !stillFails.has(`${failure.file}\0${failure.title}`),
  );
  return { outcome, unsteady };
}

/** How many passed in all. */
export function passes({ passed }: Outcome): number {
  return [...passed.values()].reduce((sum, count) => sum + count, 0);
}
