import type { Command } from "commander";
import { effectsSoFar } from "../../api/effects.ts";
import { ConnectionRefused, isPassing, ServiceError } from "../../api/http.ts";
import { type Fault, FaultsError, shownFault } from "../../faults.ts";
import { isLoopback } from "../../program/endpoints.ts";
import { note, printJsonLine } from "./output.ts";
import { describeFailure, type Failure, failureJson } from "./words.ts";

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
 * Reports why a run ended without having done its work, and what it has changed all the same (the journal of the run that
 * this is called in): for people on standard error and without a stack trace, with `--json` as one object on standard
 * output. A fault of this program itself keeps its trace, below that.
 */
export function reportError(error: unknown, json: boolean): number {
  const failure = failureOf(error);
  if (failure === undefined) {
    const reason = "The command ended by a fault of its own; its trace follows.";
    note(describeFailure({ reason, faults: [], effects: effectsSoFar() }));
    note(traceOf(error));
    return ExitCode.failed;
  }
  printFailure(failure, json, error instanceof DetailedRefusal ? error : undefined);
  return ExitCode.failed;
}

/** The stack of an error and of what caused it; the other fields of an error may hold anything. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} was thrown`;
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\nCaused by: ${traceOf(error.cause)}`;
}

/** The same text, where it goes elsewhere than to the terminal. */
export function describeError(error: unknown): string {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  return describeFailure(failure);
}

/** Reports that a run was interrupted, and what it has changed by then. */
export function reportInterruption(json: boolean): number {
  const failure = { reason: "Interrupted.", faults: [], effects: effectsSoFar(), passing: true };
  printFailure(failure, json, undefined);
  return ExitCode.interrupted;
}

/** The result of a command, one JSON object on standard output, with what it has changed. */
export function printJson(result: Readonly<Record<string, unknown>>): void {
  printJsonLine({ ...result, effect: effectsSoFar() });
}

function printFailure(failure: Failure, json: boolean, detailed: DetailedRefusal | undefined): void {
  if (json) printJsonLine({ ...failureJson(failure), ...detailed?.fields });
  else note(`${describeFailure(failure)}\n${detailed?.text ?? ""}`.trimEnd());
}

/** `undefined` for a fault of this program. */
function failureOf(error: unknown): Failure | undefined {
  const effects = effectsSoFar();
  if (error instanceof FaultsError) return { reason: error.message, faults: error.faults, effects };
  if (error instanceof CommandFailed)
    return { reason: error.message, faults: error.faults, effects, next: error.next };
  if (error instanceof ServiceError) return { faults: [], effects, ...reasonOf(error) };
  const file = fileFault(error);
  return file === undefined ? undefined : { reason: "", faults: [file], effects };
}

/** What a service said, and what to do about it. */
function reasonOf(error: ServiceError): Pick<Failure, "reason" | "next" | "passing"> {
  if (error.status === 401)
    return {
      reason: error.message,
      next: "The credential of this call is not valid (any more): pulumi login, or a new PULUMI_ACCESS_TOKEN; for Cloudflare: npx worker-secrets doctor",
    };
  const sandbox = startSandbox(error);
  const reason = sandbox === undefined ? error.message : `${error.message}\n${sandbox}`;
  // Also what did not come from the service (2xx), and what somebody else was faster with.
  return { reason, passing: isPassing(error) || error.status < 400 || error.status === 409 };
}

/** A file or folder that can't be read or written, in the system's own code; `undefined` for another error. */
function fileFault(error: unknown): Fault | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("path" in error)) return undefined;
  const reason = FILE_FAULTS[String(error.code)];
  if (reason === undefined) return undefined;
  return {
    where: String(error.path),
    what: `${reason} (${String(error.code)})`,
    fix: "Check the path, its rights and the disk, and run the same command again.",
  };
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: "this user may not read or write it",
  EPERM: "this user may not do that to it",
  EROFS: "its file system can only be read",
  ENOSPC: "the disk is full",
  EDQUOT: "the user's quota of the disk is used up",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder, where a file is needed",
  EMFILE: "too many files are open",
  ELOOP: "its links lead to each other",
  ENAMETOOLONG: "its name is too long",
};

/** Nothing listens on this machine where the variables say that a cloud is: the sandbox is not running. */
export function startSandbox(error: ServiceError): string | undefined {
  if (!(error instanceof ConnectionRefused) || !isLoopback(new URL(error.url))) return undefined;
  return "The address is on this machine, and nothing listens there: start the sandbox (npx worker-secrets sandbox).";
}

/** The line below a wrong usage: where the right one stands. Without a command, of all of them. */
export function seeHelp(command: string | undefined): string {
  return `See: npx worker-secrets ${command === undefined ? "" : `${command} `}--help`;
}

/** Says what can't be meant in a call of a command, and gives its exit code. */
export function wrongUsage(command: string, fault: string): number {
  note(`error: ${fault}\n${seeHelp(command)}`);
  return ExitCode.usage;
}

/** A failure whose message is the reason: the engine's own words, another tool's, or what was found in the end. */
export class CommandFailed extends Error {
  /** What a person has to fix, where that is known: it is listed instead of the message, and `--json` gives it. */
  readonly faults: readonly Fault[];
  /** The next command, where it is another than the same one again. */
  readonly next: string | undefined;

  constructor(
    message: string,
    { faults = [], next }: { readonly faults?: readonly Fault[]; readonly next?: string } = {},
  ) {
    super(message);
    this.faults = faults.map(shownFault);
    this.next = next;
  }
}

/** A refusal with more than its faults: `fields` for `--json`, `text` for people. */
export class DetailedRefusal extends FaultsError {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;

  constructor(faults: readonly Fault[], fields: Readonly<Record<string, unknown>>, text: string) {
    super(faults);
    this.fields = fields;
    this.text = text;
  }
}
