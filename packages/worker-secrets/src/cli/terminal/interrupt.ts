import { EffectJournal, withJournal } from "../../api/effects.ts";
import { endReadsOn } from "../../api/http.ts";
import { ExitCode, reportError, reportInterruption } from "./command.ts";
import { note } from "./output.ts";
import { Interrupted } from "./prompts.ts";

/**
 * This process's interruption: SIGINT or SIGTERM, as a terminal, a CI runner or a process manager sends it. The first one
 * aborts the signal, by which reads end at once and a write or the engine's step is waited for; the second one ends the
 * process. To be called once.
 */
export function onInterruption(): AbortSignal {
  const interrupt = new AbortController();
  endReadsOn(interrupt.signal);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupt.abort(new Interruption(signal));
      setTimeout(() => note("Ending the step that is running. Once more: stop at once."), 1000).unref();
      // A second one does not wait for the step that is ending.
      process.once(signal, () => process.exit(ExitCode.interrupted));
    });
  }
  return interrupt.signal;
}

/**
 * The exit code of what runs under an interruption's signal: whatever came of it, an interrupted run ends as one. Everything
 * that `work` changes is noted in a journal, and reported where it does not come to its end.
 */
export function exitCodeUnder(
  signal: AbortSignal,
  json: boolean,
  work: () => Promise<number>,
  report: (error: unknown) => number = (error) => reportError(error, json),
): Promise<number> {
  return withJournal(new EffectJournal(), async () => {
    try {
      const code = await work();
      return signal.aborted ? ExitCode.interrupted : code;
    } catch (error) {
      // Ctrl-C at a prompt: the prompt reads that key itself.
      if (signal.aborted || error instanceof Interrupted) return reportInterruption(json);
      return report(error);
    }
  });
}

/** Why `onInterruption` aborted. */
class Interruption extends Error {
  readonly signal: NodeJS.Signals;
  constructor(signal: NodeJS.Signals) {
    super(`interrupted (${signal})`);
    this.signal = signal;
  }
}

/**
 * What the engine has to be told of an interruption. Ctrl-C in a terminal goes to every process of the foreground, so the
 * engine has it already, and takes a second one for the wish to break off at once: then it can leave the stack locked, or
 * wait for the program while the program waits for it.
 */
export function forEngine(signal: AbortSignal): AbortSignal {
  const told = new AbortController();
  const tell = () => {
    if (!(isFromTerminal(signal.reason) && hasTerminal())) told.abort(signal.reason);
  };
  if (signal.aborted) tell();
  else signal.addEventListener("abort", tell, { once: true });
  return told.signal;
}

function isFromTerminal(reason: unknown): boolean {
  return reason instanceof Interruption && reason.signal === "SIGINT";
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}
