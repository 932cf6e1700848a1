import { fileURLToPath } from "node:url";
import { FaultsError } from "../../faults.ts";
import { ignoreClosedOutput } from "../terminal/closed-output.ts";
import { ExitCode, reportError } from "../terminal/command.ts";
import { exitCodeUnder, onInterruption } from "../terminal/interrupt.ts";
import { note } from "../terminal/output.ts";

/**
 * Runs a script of the workflows when it is the process's own, and ends with its exit code: 130 where it was interrupted,
 * as a runner does it when a job is cancelled. Never rejects, so nobody has to await it: a module that awaits at its top
 * can't be loaded by `require`, which the test runner tries first.
 */
export async function runScript(
  url: string,
  body: (args: readonly string[], signal: AbortSignal) => Promise<number>,
): Promise<void> {
  if (process.argv[1] !== fileURLToPath(url)) return;
  ignoreClosedOutput();
  const signal = onInterruption();
  const report = (error: unknown) => (error instanceof UsageError ? usage(error) : reportError(error, false));
  process.exitCode = await exitCodeUnder(signal, false, () => body(process.argv.slice(2), signal), report);
}

/** The script was called in a way that it doesn't know. */
export class UsageError extends Error {}

function usage(error: UsageError): number {
  note(error.message);
  return ExitCode.usage;
}

/** A variable that the workflow has to give the step; `test` says what it may hold. */
export function required(env: NodeJS.ProcessEnv, name: string, test: RegExp): string {
  const value = env[name] ?? "";
  if (test.test(value)) return value;
  throw new FaultsError([
    {
      where: name,
      what: value === "" ? "it is not set" : "it does not have the form that it should have",
      fix: `Set it in the workflow's step: env: ${name}: … (its form: ${test.source})`,
    },
  ]);
}
