import { refuseIfAny } from "../../faults.ts";
import { CONFIG_KEYS, NAMESPACE } from "../../program/config-keys.ts";
import { type DeclaredWorker, declareWorkers, workersKey } from "../../program/declared-worker.ts";
import { parseProd } from "../../program/prod.ts";
import { parseWorkerEntries, type WorkerEntry } from "../../program/worker-entries.ts";
import { keyFaults, ownKeys } from "./config-keys.ts";
import type { Context } from "./context.ts";
import type { StackFile } from "./stack-file.ts";

/** What a stack's config file and its Workers' wrangler files say, read without the engine. */
export interface Declared {
  readonly workers: readonly DeclaredWorker[];
  readonly entries: readonly WorkerEntry[];
  readonly prod: boolean;
  readonly secretsRevision: string | undefined;
  /** Organization of the Environments: the config's, else the stack's. */
  readonly organization: string;
}

/**
 * Reads them. Throws one `FaultsError` for everything that is wrong. `adopting`: the place of the one entry that is
 * being adopted; the others may be still to be, and only then is it known which resources wrangler made for them.
 */
export async function readDeclared(
  { project, stack, root, organization }: Context,
  file: StackFile,
  { today = new Date(), adopting }: { readonly today?: Date; readonly adopting?: number } = {},
): Promise<Declared> {
  const config = {
    project,
    stack,
    organization,
    keys: ownKeys(file, project).map(({ name }) => name),
    // Refused where the context is opened.
    formerKeys: [],
    get: (key: string) => file.config(NAMESPACE, key),
    getSecret: async (key: string) => file.config(NAMESPACE, key),
    provider: (provider: string, key: string) => file.config(provider, key),
    env: {},
  };
  const faults = keyFaults(file, config);
  const entries = parseWorkerEntries(config.get(CONFIG_KEYS.workers), root, workersKey(config), faults);
  const soleScriptName = entries.length === 1 ? config.get(CONFIG_KEYS.scriptName) : undefined;
  const isOpen = (entry: WorkerEntry) => adopting !== undefined && entry !== entries[adopting];
  const context = { root, today, soleScriptName, isOpen };
  const workers = await declareWorkers(entries, config, context, faults);
  const prod = parseProd(config.get(CONFIG_KEYS.prod), config, faults);
  refuseIfAny(faults);
  return {
    workers,
    entries,
    prod,
    secretsRevision: config.get(CONFIG_KEYS.secretsRevision),
    organization: config.get(CONFIG_KEYS.organization) ?? organization,
  };
}
