import * as pulumi from "@pulumi/pulumi";
import { refuseGiven } from "./given-workers.ts";
import { type Plan, type PlanState, stateOf } from "./planned.ts";
import { asRunError } from "./run-error.ts";

interface PlannedArgs {
  readonly plan: Plan | Promise<Plan>;
}

/**
 * Runs the part of a constructor that has to wait for the plan. The end of the program is kept back meanwhile, because the engine
 * deletes what is not registered by then. A failure reaches the engine through the outputs of the component.
 */
export function whilePlanned<T>(
  args: PlannedArgs | undefined,
  body: (state: PlanState) => Promise<T>,
): Promise<T> {
  const done = pulumi.runtime.rpcKeepAlive();
  // A JavaScript program may pass nothing, or anything.
  return asRunError(async () => {
    const state = stateOf(await args?.plan);
    refuseGiven(args?.plan, state);
    return body(state);
  }).finally(done);
}
