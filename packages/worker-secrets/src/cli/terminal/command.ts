import type { Command } from "commander";
import { ConnectionRefused, isPassing, ServiceError } from "../../api/http.ts";
import { isLoopback } from "../../program/endpoints.ts";
import { type Fault, FaultsError } from "../../program/faults.ts";

/** How a command ends. Documented in `ws --help`. */
export const ExitCode = {
  ok: 0,
  /** It could not be done, or it found what it looks for (drift, a failing check). */
  failed: 1,
  usage: 2,
  interrupted: 130,
} as const;

/** One command of `ws`. */
export interface CommandModule {
  /** Adds the command with its options and its action; the action gives the exit code. */
  register(program: Command, run: Runner): void;
}

/** Wraps an action, so that every command ends and prints its faults in the same way. */
export type Runner = (
  action: (signal: AbortSignal) => Promise<number>,
  options?: { readonly json?: boolean | undefined },
) => Promise<void>;

/**
 * What a person has to mend is said without a stack trace; with `--json` as an object on standard output. `writes`: whether
 * the command changes anything that is kept in the clouds.
 */
export function reportError(error: unknown, json: boolean, writes = true): number {
  if (!(error instanceof FaultsError) && !isPlainFailure(error)) throw error;
  const faults = error instanceof ServiceError ? [] : error.faults;
  const message = error instanceof ServiceError ? withNext(error, writes) : error.message;
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, message, faults })}\n`);
  else process.stderr.write(`${message}\n`);
  return ExitCode.failed;
}

/** What to do about what a service said. */
function withNext(error: ServiceError, writes: boolean): string {
  if (error.status === 401)
    return `${error.message}\nThe credential of this call is not valid (any more): pulumi login, or a new PULUMI_ACCESS_TOKEN; for Cloudflare: npm run -s ws -- doctor`;
  const again = writes
    ? "What was done so far is kept; the same command again goes on from there."
    : "Nothing was changed; run the same command again.";
  const sandbox = startSandbox(error);
  if (sandbox !== undefined) return `${error.message}\n${sandbox} ${again}`;
  // Also what did not come from the service (2xx), and what somebody else was faster with.
  if (isPassing(error) || error.status < 400 || error.status === 409) return `${error.message}\n${again}`;
  return error.message;
}

/** Nothing listens on this machine where the variables say that a cloud is: the sandbox is not running. */
export function startSandbox(error: ServiceError): string | undefined {
  if (!(error instanceof ConnectionRefused) || !isLoopback(new URL(error.url))) return undefined;
  return "The address is on this machine, and nothing listens there: start the sandbox (npm run sandbox).";
}

/** The line below a wrong usage: where the right one stands. Without a command, of all of them. */
export function seeHelp(command: string | undefined): string {
  return `See: npm run -s ws -- ${command === undefined ? "" : `${command} `}--help`;
}

/** Says what can't be meant in a call of a command, and gives its exit code. */
export function wrongUsage(command: string, fault: string): number {
  process.stderr.write(`error: ${fault}\n${seeHelp(command)}\n`);
  return ExitCode.usage;
}

/** A failure whose message is all that there is to say: the engine's own words, or another tool's. */
export class CommandFailed extends Error {
  /** What a person has to mend, where that is known; `--json` gives it. */
  readonly faults: readonly Fault[];

  constructor(message: string, faults: readonly Fault[] = []) {
    super(message);
    this.faults = faults;
  }
}

function isPlainFailure(error: unknown): error is CommandFailed | ServiceError {
  return error instanceof CommandFailed || error instanceof ServiceError;
}
