import { isAbsolute, join } from "node:path";
import { type Definition, defineEnvironment } from "./definition.ts";
import { type Endpoints, readEndpoints } from "./endpoints.ts";
import { type Fault, refuseIfAny } from "./faults.ts";
import { scriptNameFault } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";
import { readWorkerConfig, type WorkerConfig } from "./worker-config.ts";

/** Everything the stack is built from, parsed once. */
export interface Settings {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly accountId: string;
  readonly scriptName: string;
  /** Revision number or tag of `<stack>-secrets`; the latest when absent. */
  readonly secretsRevision: string | undefined;
  readonly worker: WorkerConfig;
  readonly definition: Definition;
  /** What the engine opened before the program ran. */
  readonly imported: { readonly digest: string; readonly secrets: unknown };
  readonly endpoints: Endpoints;
}

/** The config keys, all in the project's own namespace, all optional. Documented in the README. */
const KEYS = {
  worker: "worker",
  scriptName: "scriptName",
  secretsRevision: "secretsRevision",
  organization: "organization",
} as const;

/**
 * Parses config, the Worker's `wrangler.jsonc` and the process environment. Throws one `FaultsError` for all faults.
 * `root` is the folder of `Pulumi.yaml`; relative paths in config start there.
 */
export async function readSettings(config: StackConfig, root: string, today = new Date()): Promise<Settings> {
  const faults: Fault[] = [];
  const stackFile = `Pulumi.${config.stack}.yaml`;
  const folder = config.get(KEYS.worker) ?? "worker";
  const directory = isAbsolute(folder) ? folder : join(root, folder);
  const worker = await readWorkerConfig(directory, root, today, faults);

  const scriptName = config.get(KEYS.scriptName) ?? `${worker?.name ?? "worker"}-${config.stack}`;
  const nameFault = scriptNameFault(scriptName);
  if (nameFault !== undefined) {
    faults.push({
      where:
        config.get(KEYS.scriptName) === undefined
          ? `'name' in ${folder}/wrangler.jsonc, and the stack's name`
          : `${stackFile}, ${config.project}:${KEYS.scriptName}`,
      what: nameFault,
      fix: `Set another one: pulumi config set ${KEYS.scriptName} NAME --stack ${config.stack}`,
    });
  }

  const secretsRevision = config.get(KEYS.secretsRevision);
  if (secretsRevision !== undefined && !/^([1-9]\d*|[A-Za-z_][\w.-]*)$/.test(secretsRevision)) {
    faults.push({
      where: `${stackFile}, ${config.project}:${KEYS.secretsRevision}`,
      what: `'${secretsRevision}' is neither a revision number nor a tag`,
      fix: `List them: pulumi env version history ${config.project}/${config.stack}-secrets`,
    });
  }

  const definition = defineEnvironment({ project: config.project, stack: config.stack, secretsRevision });
  const imported = await readImported(config, definition, faults);
  const endpoints = readEndpoints(config.env, faults);

  refuseIfAny(faults);
  if (worker === undefined || imported === undefined || endpoints === undefined)
    throw new Error("a fault was not recorded");
  return {
    organization: config.get(KEYS.organization) ?? config.organization,
    project: config.project,
    stack: config.stack,
    accountId: imported.accountId,
    scriptName,
    secretsRevision,
    worker,
    definition,
    imported,
    endpoints,
  };
}

interface Imported {
  readonly digest: string;
  readonly accountId: string;
  readonly secrets: unknown;
}

async function readImported(
  config: StackConfig,
  definition: Definition,
  faults: Fault[],
): Promise<Imported | undefined> {
  const digest = config.get("digest");
  // Read as a secret, since whoever stored the account id may have stored it as one.
  const accountId = await config.getSecret("accountId");
  if (digest === undefined || accountId === undefined) {
    faults.push({
      where: `Environment ${definition.name}`,
      what:
        digest === undefined && accountId === undefined
          ? `the stack's config does not import it, or it holds no definition: there is no ${config.project}:digest`
          : `its definition is incomplete: ${config.project}:${digest === undefined ? "digest" : "accountId"} is not there`,
      fix: `Check that Pulumi.${config.stack}.yaml has 'environment: [${definition.name}]', and write the definition: npm run -s definition -- ${config.stack} | pulumi env edit ${definition.name} -f -`,
    });
    return undefined;
  }
  const secrets = await config.getSecret("secrets");
  return { digest, accountId, secrets: secrets === undefined ? undefined : parseJson(secrets) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
