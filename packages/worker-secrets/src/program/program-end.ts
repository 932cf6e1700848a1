import { createRequire } from "node:module";
import { RunError, runtime } from "@pulumi/pulumi";
import { moduleText } from "../preload/private-module.mjs";
import { type Plan, stateOf } from "./planned.ts";

/** The plan of each run of a program, by the run's stack resource: a process may host several at a time. */
const plans = new WeakMap<object, Promise<Plan>>();
/** Plans of which it is not known yet whether they were carried out. */
const open = new Set<Promise<Plan>>();
let watching = false;

/**
 * Has the program fail at its end where it does not construct every Worker of the plan: the engine would delete what the others have.
 * Pulumi's runner (3.270, `cmd/run/index.js`) reports success to the engine in a `beforeExit` handler that it makes the last one, and not
 * after an uncaught error. A command that runs the program in its own process calls `refuseMissing` itself.
 *
 * @throws `pulumi.RunError` where the program has a plan already, and with a runner that ends in another way
 */
export function watchPlan(plan: Promise<Plan>): void {
  const run = runtime.getStackResource();
  if (run === undefined) return; // a test of the user's, with mocks
  if (plans.has(run))
    throw new RunError(
      "The program calls plan() twice. Call it once, and pass its result to every constructor.",
    );
  refuseUnknownRunner();
  plans.set(run, plan);
  open.add(plan);
  if (watching) return;
  watching = true;
  // Outside of the run, whose stack resource is not known here.
  process.on("beforeExit", () => {
    for (const one of open) void refuseMissing(one).catch(rethrowBare);
  });
}

/**
 * Refuses a runner of the SDK that does not end as described above: the check at the program's end would come too late there, and a Worker
 * that the program forgets would be deleted.
 *
 * @param main the module that the process was started with
 */
export function refuseUnknownRunner(main = process.argv[1] ?? ""): void {
  // Any other process hosts the program itself: a command, a test, a user's Automation API.
  if (!/[\\/]@pulumi[\\/]pulumi[\\/]/.test(main)) return;
  const text = moduleText(createRequire(main), main);
  const handler = text.indexOf('process.on("beforeExit", beforeExitHandler)');
  if (handler >= 0 && /uncaughtErrors\.size > 0/.test(text.slice(handler))) return;
  throw new RunError(
    `The runner of this version of @pulumi/pulumi is not one that worker-secrets knows (${main}), so a Worker that the program forgets would be deleted without a word. Nothing was registered. Install an earlier version of @pulumi/pulumi, or a newer one of worker-secrets.`,
  );
}

/** Once the program's own code has ended, the runner prints an error's stack where it has one, even a `RunError`'s. */
function rethrowBare(error: unknown): never {
  if (error instanceof Error) error.stack = error.message;
  throw error;
}

/** Throws for planned Workers that the program, which has ended, did not construct. */
export async function refuseMissing(plan = planOfRun()): Promise<void> {
  forgetPlan(plan);
  // A plan that failed is reported by itself.
  const missing = await plan?.then((planned) => stateOf(planned).missing()).catch(() => []);
  if (missing === undefined || missing.length === 0) return;
  const [workers, them] = missing.length === 1 ? ["the Worker", "it"] : ["the Workers", "them"];
  throw new RunError(
    `The plan has ${workers} ${missing.join(", ")}, and the program does not construct ${them}: the update would delete what the stack has of ${them}. Construct a SecretWorker for each name of plan.workers, or take the entry out of the config key 'workers'.`,
  );
}

/** After a program that failed: it was not to be carried out. */
export function forgetPlan(plan = planOfRun()): void {
  if (plan !== undefined) open.delete(plan);
}

function planOfRun(): Promise<Plan> | undefined {
  return plans.get(runtime.getStackResource() ?? {});
}
