/**
 * The public API: `plan()` reads and checks, `StackEnvironment` and `SecretWorker` declare what it has found. An export more is a
 * promise more.
 */
export { type Fault, FaultsError } from "../faults.ts";
export type { WorkerSummary } from "./outputs.ts";
export { plan } from "./plan.ts";
export type { Plan } from "./planned.ts";
export { platform } from "./platform.ts";
export { SecretWorker, type SecretWorkerArgs } from "./secret-worker.ts";
export { StackEnvironment, type StackEnvironmentArgs } from "./stack-environment.ts";
