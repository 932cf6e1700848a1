import { readWorkerConfig } from "../compile/wrangler/read.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import type { Fault } from "../faults.ts";
import { blockFaults } from "./blocks.ts";
import { NAMESPACE } from "./config-keys.ts";
import { scriptNameFault } from "./names.ts";
import { readSecretForms, type SecretForms } from "./secret-forms.ts";
import type { StackConfig } from "./stack-config.ts";
import { RESOURCE_TYPES, type ResourceSource, type WorkerEntry } from "./worker-entries.ts";

/** One Worker of the stack: its entry in the stack's config and its own wrangler file, checked against each other. */
export interface DeclaredWorker {
  /** Name of the resource, of the Worker's part of the values, and of its part of the outputs. */
  readonly name: string;
  /** Name of the script in the account. */
  readonly scriptName: string;
  readonly config: WorkerConfig;
  readonly optionalSecrets: readonly string[];
  /** Secrets whose values the program passes to the constructor. */
  readonly programSecrets: readonly string[];
  /** Variables of the deployer's shell that its build gets. */
  readonly buildVariables: readonly string[];
  /** What its code expects of the values. */
  readonly secretForms: SecretForms;
  readonly externalSecrets: readonly string[];
  readonly adopt: boolean;
  readonly dropBindings: readonly string[];
  /** The entry's own lines for what must not be among the static assets. */
  readonly privateFiles: readonly string[];
  /** By its entry; in production every Worker is protected. */
  readonly protect: boolean;
  /** By its entry, or by the config key `allowRemoval`. */
  readonly allowRemoval: boolean;
  readonly overwriteDeployment: string | undefined;
  readonly resources: ReadonlyMap<string, ResourceSource>;
  /** Signs that another part of the wrangler file is meant; they stop a stack of production. See `blockFaults`. */
  readonly blockFaults: readonly Fault[];
}

/** Where the stack's config names the Workers, for messages. */
export function workersKey(config: Pick<StackConfig, "project" | "stack">): string {
  return `Pulumi.${config.stack}.yaml, ${NAMESPACE}:workers`;
}

/** Reads the wrangler file of each entry. Whatever is wrong goes into `faults`; only sound Workers come back. */
export async function declareWorkers(
  entries: readonly WorkerEntry[],
  config: StackConfig,
  context: {
    readonly root: string;
    readonly today: Date;
    readonly soleScriptName: string | undefined;
    /** Production has no workers.dev addresses. Default: false. */
    readonly prod?: boolean;
    /** Names out of the config key `allowRemoval`. Default: none. */
    readonly allowRemoval?: readonly string[];
    /** Whether it may be open yet which resources stand behind an entry's bindings. Default: for none. */
    readonly isOpen?: (entry: WorkerEntry) => boolean;
    /** For who deploys nothing: see `ReadContext`. Default: false. */
    readonly mayBeUnbuilt?: boolean | undefined;
  },
  faults: Fault[],
): Promise<DeclaredWorker[]> {
  const { root, today, soleScriptName, prod = false, allowRemoval = [], isOpen = () => false } = context;
  const workers = await Promise.all(
    entries.map(async (entry): Promise<DeclaredWorker | undefined> => {
      const found: Fault[] = [];
      const worker = await readWorkerConfig(
        entry.directory,
        {
          root,
          environment: entry.environment,
          environmentByStack: config.stack,
          today,
          config: entry.config,
          mayBeUnbuilt: context.mayBeUnbuilt,
        },
        found,
      );
      const scriptName = entry.scriptName ?? soleScriptName ?? defaultScriptName(worker, config.stack);
      const hasHost = !prod && (worker === undefined || worker.workersDev || worker.previewUrls);
      const nameFault = scriptNameFault(scriptName, hasHost);
      if (nameFault !== undefined) {
        found.push({
          where:
            soleScriptName !== undefined
              ? `Pulumi.${config.stack}.yaml, ${NAMESPACE}:scriptName`
              : entry.scriptName !== undefined
                ? `${workersKey(config)}, ${entry.shownAs}`
                : `'name' in ${worker?.file ?? entry.shownAs}, and the stack's name`,
          what: nameFault,
          fix:
            entry.scriptName !== undefined
              ? "Write another 'scriptName' into this entry."
              : `Set another one: pulumi config set ${NAMESPACE}:scriptName NAME --stack ${config.stack}`,
        });
      }
      const { optionalSecrets, externalSecrets, programSecrets } = entry;
      const names = [
        ...(worker?.requiredSecrets ?? []),
        ...optionalSecrets,
        ...externalSecrets,
        ...programSecrets,
      ];
      const secretForms =
        worker === undefined ? new Map() : await readSecretForms(entry.directory, root, names, found);
      if (worker !== undefined) {
        found.push(...entryFaults(entry, worker, workersKey(config)));
        if (!isOpen(entry)) found.push(...openReferences(entry, worker, workersKey(config)));
      }
      faults.push(...found);
      if (worker === undefined || found.length > 0) return undefined;
      const { adopt, dropBindings, privateFiles, overwriteDeployment, protect, resources, buildVariables } =
        entry;
      const name = entry.name ?? worker.name;
      return {
        name,
        scriptName,
        config: worker,
        optionalSecrets,
        programSecrets,
        buildVariables,
        secretForms,
        externalSecrets,
        adopt,
        dropBindings,
        privateFiles,
        protect,
        allowRemoval: entry.allowRemoval || allowRemoval.some((one) => one === name || one === scriptName),
        overwriteDeployment,
        resources,
        blockFaults: blockFaults(entry, worker, workersKey(config)),
      };
    }),
  );
  const sound = workers.filter((worker) => worker !== undefined);
  faults.push(...twins(sound, "name", workersKey(config)), ...twins(sound, "scriptName", workersKey(config)));
  return sound;
}

/** wrangler's own rule where the `env` block gives the name; else the stack's name behind the Worker's. */
function defaultScriptName(worker: WorkerConfig | undefined, stack: string): string {
  return worker?.environmentName ?? `${worker?.name ?? "worker"}-${stack}`;
}

const REQUIRED = "in 'secrets.required'";

function entryFaults(entry: WorkerEntry, worker: WorkerConfig, key: string): Fault[] {
  const faults: Fault[] = [];
  const where = `${key}, ${entry.shownAs}`;
  const bindings = new Map(worker.bindings.map((binding) => [binding.name, binding]));
  const taken = new Map<string, string>([
    ...Object.keys(worker.vars).map((name) => [name, "a variable of the wrangler file"] as const),
    ...worker.bindings.map(({ name }) => [name, "a binding of the wrangler file"] as const),
    ...worker.requiredSecrets.map((name) => [name, REQUIRED] as const),
  ]);
  for (const list of ["externalSecrets", "optionalSecrets", "programSecrets"] as const) {
    for (const name of entry[list]) {
      const before = taken.get(name);
      // What the program passes is declared as required too where 'wrangler dev' needs it.
      if (before !== undefined && !(list === "programSecrets" && before === REQUIRED)) {
        faults.push({
          where,
          what: `'${name}' of ${list} is ${before} too; a binding's name is unique (10053)`,
          fix: "Keep it in one of the two places.",
        });
      }
      taken.set(name, `in '${list}'`);
    }
  }
  for (const name of entry.resources.keys()) {
    const type = bindings.get(name)?.type;
    if (type !== undefined && RESOURCE_TYPES.includes(type)) continue;
    faults.push({
      where: `${where}, resources.${name}`,
      what: `${worker.file} has no KV, D1, R2 or queue binding '${name}'`,
      fix: "Declare the binding there, or take the entry out.",
    });
  }
  return faults;
}

/** The bindings of which neither the wrangler file nor the stack's config says what stands behind them. */
function openReferences(entry: WorkerEntry, worker: WorkerConfig, key: string): Fault[] {
  const faults: Fault[] = [];
  for (const binding of worker.bindings) {
    if (entry.resources.has(binding.name)) continue;
    const missing =
      (binding.type === "kv_namespace" && binding.id === undefined && "id") ||
      (binding.type === "d1" && binding.databaseId === undefined && "database_id") ||
      (binding.type === "r2_bucket" && binding.bucketName === undefined && "bucket_name") ||
      (binding.type === "queue" && binding.queueName === undefined && "queue");
    if (missing === false) continue;
    faults.push({
      where: worker.file,
      what: `the binding '${binding.name}' has no '${missing}', and the stack's config does not say which resource is meant`,
      fix: `Write it there, or in ${key}: resources: {${binding.name}: {declare: true}} (or {id: …}, {stack: …, output: …} or {program: true}).`,
    });
  }
  return faults;
}

function twins(workers: readonly DeclaredWorker[], key: "name" | "scriptName", where: string): Fault[] {
  const seen = new Set<string>();
  return workers
    .filter((worker) => seen.size === seen.add(worker[key]).size)
    .map((worker) => ({
      where,
      what: `two Workers of the stack have the ${key === "name" ? "name" : "script name"} '${worker[key]}'`,
      fix: `Give one of them another '${key}' in its entry.`,
    }));
}
