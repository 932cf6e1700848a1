import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";

/** What a Worker of the stack can be called by. */
interface Called {
  readonly scriptName: string;
  readonly config: Pick<WorkerConfig, "name" | "environment" | "environmentName">;
}

/** How wrangler itself calls the script of a file: in an `env` block by the block's own name, else with the block's behind it. */
export function wranglersName({ name, environment, environmentName }: Called["config"]): string {
  return environmentName ?? (environment === undefined ? name : `${name}-${environment}`);
}

/**
 * The Worker of the stack that a binding means. Files name each other by `name`, or, in `env` blocks, by the script as
 * wrangler deploys it; and a file may name the script as this stack calls it. `undefined` for one of somebody else.
 */
export function workerCalled<T extends Called>(workers: readonly T[], called: string): T | undefined {
  return (
    workers.find(({ config }) => config.name === called) ??
    workers.find(({ config }) => wranglersName(config) === called) ??
    workers.find(({ scriptName }) => scriptName === called)
  );
}
