import { RunError } from "@pulumi/pulumi";
import { type Plan, stateOf } from "./planned.ts";

/** Plans of the program that is running. */
const running = new Set<Promise<Plan>>();
let watching = false;

/**
 * Has the program fail at its end where it does not construct every Worker of the plan: the engine would delete what the others have.
 * Pulumi's runner (3.270, `cmd/run/index.js`) reports success to the engine in a `beforeExit` handler that it makes the last one, and not
 * after an uncaught error. A command that runs the program in its own process calls `refuseMissing` itself.
 */
export function watchPlan(plan: Promise<Plan>): void {
  if (running.size > 0)
    throw new RunError(
      "The program calls plan() twice. Call it once, and pass its result to every constructor.",
    );
  running.add(plan);
  if (watching) return;
  watching = true;
  process.on("beforeExit", () => void refuseMissing());
}

/** Throws for planned Workers that were not constructed, and forgets the program. */
export async function refuseMissing(): Promise<void> {
  const plans = [...running];
  running.clear();
  for (const plan of plans) {
    const missing = await plan.then((planned) => stateOf(planned).missing()).catch(() => []);
    if (missing.length === 0) continue;
    throw new RunError(
      `The plan has ${missing.length === 1 ? "the Worker" : "the Workers"} ${missing.join(", ")}, and the program does not construct ${missing.length === 1 ? "it" : "them"}: the update would delete what the stack has of ${missing.length === 1 ? "it" : "them"}. Construct a SecretWorker for each name of plan.workers, or take the entry out of the config key 'workers'.`,
    );
  }
}

/** After a program that failed. */
export function forgetPlans(): void {
  running.clear();
}
