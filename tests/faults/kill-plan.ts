import { drawn, drawnBetween } from "./random.ts";

export const VICTIMS = ["program", "engine", "sandbox"] as const;
export type Victim = (typeof VICTIMS)[number];

/** What the killed `up` was to do. */
export type Situation = "first up" | "changed value";

/** One kill -9 in the middle of an `up`. */
export interface Kill {
  readonly victim: Victim;
  readonly situation: Situation;
  /** It comes after the call of this number (from 1) has reached the sandbox, … */
  readonly call: number;
  /** … by so many milliseconds. */
  readonly delay: number;
}

/** How long after a call's arrival a kill may come: some of them while the sandbox works on it, some after its answer. */
const LONGEST_DELAY = 40;

/** The kill of a round. Victims take turns, each in both situations; the moment is drawn. `calls`: of an undisturbed `up`. */
export function planKill(round: number, seed: number, calls: Readonly<Record<Situation, number>>): Kill {
  const situation: Situation = Math.floor(round / VICTIMS.length) % 2 === 0 ? "first up" : "changed value";
  return {
    victim: VICTIMS[round % VICTIMS.length] ?? "engine",
    situation,
    call: drawnBetween(1, calls[situation], seed, round, "call"),
    delay: Math.floor(drawn(seed, round, "delay") * LONGEST_DELAY),
  };
}
