import type { Fault } from "../faults.ts";
import { CONFIG_KEYS, NAMESPACE } from "./config-keys.ts";
import { type DeclaredWorker, declareWorkers, workersKey } from "./declared-worker.ts";
import { parseProd } from "./prod.ts";
import type { StackConfig } from "./stack-config.ts";
import { parseAllowRemoval, parseWorkerEntries, type WorkerEntry } from "./worker-entries.ts";

/** What a stack's config and its Workers' wrangler files declare, as the program and the commands read it. */
export interface DeclaredStack {
  readonly workers: readonly DeclaredWorker[];
  readonly entries: readonly WorkerEntry[];
  readonly prod: boolean;
  /** Names of Workers that a later update may remove. */
  readonly allowRemoval: readonly string[];
  /** Revision number or tag of the Environment of the secrets; the latest when absent. */
  readonly secretsRevision: string | undefined;
  /** Organization of the Environments: the config's, else the stack's. */
  readonly organization: string;
}

export interface DeclareOptions {
  /** The folder of `Pulumi.yaml`; relative paths in config start there. */
  readonly root: string;
  readonly today: Date;
  /** Whether it may be open yet which resources stand behind an entry's bindings. Default: for none. */
  readonly isOpen?: (entry: WorkerEntry, entries: readonly WorkerEntry[]) => boolean;
  /** For who deploys nothing: what a build makes may be missing. Default: false. */
  readonly mayBeUnbuilt?: boolean | undefined;
}

/** Reads what a stack declares. What is wrong goes into `faults`; only sound Workers come back. */
export async function declareStack(
  config: StackConfig,
  { root, today, mayBeUnbuilt, isOpen = () => false }: DeclareOptions,
  faults: Fault[],
): Promise<DeclaredStack> {
  const entries = parseWorkerEntries(config.get(CONFIG_KEYS.workers), root, workersKey(config), faults);
  const allowRemoval = parseAllowRemoval(
    config.get(CONFIG_KEYS.allowRemoval),
    `Pulumi.${config.stack}.yaml, ${NAMESPACE}:${CONFIG_KEYS.allowRemoval}`,
    faults,
  );
  const soleScriptName = entries.length === 1 ? config.get(CONFIG_KEYS.scriptName) : undefined;
  const prod = parseProd(config.get(CONFIG_KEYS.prod), config, faults);
  const context = {
    root,
    prod,
    today,
    mayBeUnbuilt,
    allowRemoval,
    soleScriptName,
    isOpen: (entry: WorkerEntry) => isOpen(entry, entries),
  };
  const workers = await declareWorkers(entries, config, context, faults);
  return {
    workers,
    entries,
    allowRemoval,
    prod,
    secretsRevision: config.get(CONFIG_KEYS.secretsRevision),
    organization: config.get(CONFIG_KEYS.organization) ?? config.organization,
  };
}
