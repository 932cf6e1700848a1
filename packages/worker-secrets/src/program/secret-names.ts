import type { DeclaredWorker } from "./declared-worker.ts";

type Secrets = Pick<DeclaredWorker, "optionalSecrets" | "programSecrets"> & {
  readonly config: Pick<DeclaredWorker["config"], "requiredSecrets">;
};

/** The secrets whose values come from the stack's Environment, with those that may have none. */
export function valueNames({ config, optionalSecrets, programSecrets }: Secrets): string[] {
  return [...config.requiredSecrets.filter((name) => !programSecrets.includes(name)), ...optionalSecrets];
}

/** The secrets that the stack puts on the Worker, wherever their values come from; optional ones may be absent. */
export function ownSecrets(worker: Secrets): string[] {
  return [...valueNames(worker), ...worker.programSecrets];
}
