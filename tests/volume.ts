/** The variables from which tests draw what they try. */
const SEEDS = [
  "SEED",
  "FUZZ_SEED",
  "HISTORY_SEED",
  "ESC_DIFFERENTIAL_SEED",
  "ESC_MALFORMED_SEED",
  "REPLAY_SEED",
  "JOURNAL_SEED",
  "KILL_SEED",
  "FAULT_SEED",
] as const;

/**
 * The seeds of a run, by their variables: those that are set, and for the others the day (`20261130`). So each day's runs try another
 * part of what the nightly workflow tries whole, and the runs of one day try the same.
 */
export function seedsOf(day: Date, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const seed = day.toISOString().slice(0, 10).replaceAll("-", "");
  return Object.fromEntries(SEEDS.map((name) => [name, env[name] || seed]));
}

/** How to have the same seeds again: those that are set, or all by the day's. */
export function describeSeeds(seeds: Readonly<Record<string, string>>): string {
  return `Seeds: ${Object.entries(seeds)
    .map(([name, seed]) => `${name}=${seed}`)
    .join(" ")}`;
}

/**
 * At which of a command's calls (from 1) a test ends it: at each `step`-th; the first one follows from the seed. In as many days as a
 * step is long, on average, each call has had its turn. `count`: of how many, where that is known.
 */
export function* callsFrom(step: number, seed: number, count = Number.POSITIVE_INFINITY): Generator<number> {
  for (let at = 1 + (seed % step); at <= count; at += step) yield at;
}

/** Those of a list that have their turn with this seed: every `of`-th. */
export function shareOf<T>(all: readonly T[], of: number, seed: number): readonly T[] {
  return all.filter((_, index) => (index + seed) % of === 0);
}

/** For tests that end a command at many of its calls: at every how many (KILL_STEP, at night 1), and where they begin. */
export const killedCalls = (count?: number) =>
  callsFrom(Number(process.env.KILL_STEP || 4), Number(process.env.SEED || 0), count);
