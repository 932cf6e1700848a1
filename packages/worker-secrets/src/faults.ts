import { oneLine } from "./visible.ts";

/** One problem. A message lists all of them, so that one round of fixes is enough. */
export interface Fault {
  /** The place: a file with line and column, an Environment, or a config key. */
  readonly where: string;
  /** What is wrong and why it can't go on. Never holds a secret value. */
  readonly what: string;
  /** The next command or edit. */
  readonly fix: string;
}

/**
 * Input that a person has to fix. The message is all they see; the stack trace is noise. Inside a program, `plan()` turns it into
 * Pulumi's `RunError`, which the engine prints without a stack trace.
 */
export class FaultsError extends Error {
  /** All problems, in the order of the message; at least one. */
  readonly faults: readonly Fault[];

  /** @param faults - at least one; the message lists them */
  constructor(faults: readonly Fault[]) {
    const shown = faults.map(shownFault);
    super(describe(shown));
    this.name = "FaultsError";
    this.faults = shown;
  }
}

/** Names from elsewhere are within a fault's texts; of each, nothing but its own line can come to look like ours. */
export function shownFault({ where, what, fix }: Fault): Fault {
  return { where: oneLine(where), what: oneLine(what), fix: oneLine(fix) };
}

/** Throws one `FaultsError` for all of them; does nothing for none. */
export function refuseIfAny(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new FaultsError(faults);
}

/**
 * The faults alone: what a run has changed before is known to the command that runs it, and to the engine, not to who finds
 * the faults (`packages/worker-secrets/src/cli/terminal/words.ts`).
 */
function describe(faults: readonly Fault[]): string {
  return listFaults(faults, ":");
}

/** The first `most` of the names, and how many more there are. */
export function nameSome(names: readonly string[], most: number): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Faults below their number. `end` follows it. */
export function listFaults(faults: readonly Fault[], end: string): string {
  const count = faults.length === 1 ? "One problem" : `${faults.length} problems`;
  const lines = faults.map(({ where, what, fix }) => `  - ${where}: ${what}\n    ${fix}`);
  return [`${count} found${end}`, ...lines].join("\n");
}
