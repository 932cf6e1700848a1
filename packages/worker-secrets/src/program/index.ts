/**
 * The parts of the stack for a program of your own: read a Worker's wrangler file, bundle its code, and declare it with
 * its secrets. `index.ts` at the top puts them together for the stack's config; see docs/workers.md for an example.
 */
export { type Bundle, bundleWorker } from "../compile/bundle.ts";
export { readWorkerConfig } from "../compile/wrangler/read.ts";
export type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
export { type Fault, FaultsError } from "../faults.ts";
export { type MigrationPlan, planMigrations } from "./migrations.ts";
export { SecretWorker, type SecretWorkerArgs } from "./secret-worker.ts";
export { stack } from "./stack.ts";
export type { TriggerPlaces } from "./triggers.ts";
export type { SecretValues } from "./values.ts";
