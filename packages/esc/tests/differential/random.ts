/** Repeatable random numbers: the same seed makes the same documents everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to below `end` (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * end);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }

  times<T>(count: number, make: (i: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => make(i));
  }
}

/** The seed of a run: the given variable, or a new one. */
export function seedFrom(variable: string): number {
  const given = process.env[variable];
  if (given !== undefined && !/^\d{1,9}$/.test(given)) throw new Error(`${variable} must be a whole number`);
  return given === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(given);
}

/** How many runs: the given variable, or a default. */
export function runsFrom(variable: string, standard: number): number {
  const given = process.env[variable];
  if (given !== undefined && !/^\d{1,9}$/.test(given)) throw new Error(`${variable} must be a whole number`);
  return given === undefined ? standard : Number(given);
}
