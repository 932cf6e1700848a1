/** One thing that is wrong. A message lists every one of them, so that one round of fixing is enough. */
export interface Fault {
  /** A file with line and column, an Environment, a config key. */
  readonly where: string;
  /** What is wrong and why it can't go on. Never holds a secret value. */
  readonly what: string;
  /** The next command or edit. */
  readonly fix: string;
}

/** Input that a person has to fix. Its message is all they see; the stack trace is noise. */
export class FaultsError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(describe(faults));
    this.name = "FaultsError";
    this.faults = faults;
  }
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
