import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "./planned.ts";
import { asRunError } from "./run-error.ts";

/**
 * Runs the part of a constructor that has to wait for the plan. The end of the program is kept back meanwhile, because the engine
 * deletes what is not registered by then. A failure reaches the engine through the outputs of the component.
 */
export function whilePlanned<T>(plan: Plan | Promise<Plan>, body: (plan: Plan) => Promise<T>): Promise<T> {
  const done = pulumi.runtime.rpcKeepAlive();
  return asRunError(async () => body(await plan)).finally(done);
}
