import { RunError } from "@pulumi/pulumi";
import { type Fault, FaultsError } from "../faults.ts";
import { type Given, givenFaults } from "./given.ts";
import type { Plan, PlanState } from "./planned.ts";
import { withoutStack } from "./run-error.ts";

type AnyPlan = Plan | Promise<Plan> | undefined;

interface Noted {
  readonly workers: Map<string, Given>;
  /** Each constructor that waits for the plan fails by the same error, which is then shown once. */
  refused: RunError | undefined;
}

/** By what the constructors were called with. */
const noted = new WeakMap<object, Noted>();

/** Notes what a constructor was called with. The check comes with the plan, when all of a program's constructors have been called. */
export function noteGiven(plan: AnyPlan, worker: string, given: Given): void {
  if (typeof plan !== "object") return; // no plan at all, which is refused as such
  const all = noted.get(plan) ?? { workers: new Map<string, Given>(), refused: undefined };
  all.workers.set(worker, given);
  noted.set(plan, all);
}

/**
 * Refuses, before a constructor registers anything below its component, names that the program and the stack's config do not agree on.
 *
 * @throws `pulumi.RunError` with the faults of all Workers that are constructed so far
 */
export function refuseGiven(plan: AnyPlan, state: PlanState): void {
  const all = plan && noted.get(plan);
  if (all === undefined) return;
  all.refused ??= refusal(faultsOf(all.workers, state));
  if (all.refused === undefined) return;
  state.refused = true;
  throw all.refused;
}

function faultsOf(workers: Noted["workers"], { inputs: { found, ordered } }: PlanState): Fault[] {
  return ordered.flatMap((worker) => {
    const given = workers.get(worker.name);
    return given === undefined ? [] : givenFaults(worker, given, found.settings);
  });
}

function refusal(faults: readonly Fault[]): RunError | undefined {
  if (faults.length === 0) return undefined;
  return withoutStack(new RunError(new FaultsError(faults).message), faults);
}
