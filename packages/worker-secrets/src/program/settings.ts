import { type Fault, refuseIfAny } from "../faults.ts";
import { refusedInProduction } from "./blocks.ts";
import { CONFIG_KEYS, keyNameFaults, NAMESPACE } from "./config-keys.ts";
import { declareStack } from "./declared-stack.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { type Definition, defineEnvironment } from "./definition.ts";
import { type DeploymentsConfig, parseDeployments } from "./deployments-config.ts";
import { type Endpoints, readEndpoints } from "./endpoints.ts";
import { readEnvironmentNames } from "./environments-config.ts";
import { jsonOrText } from "./json-or-text.ts";
import { type EnvironmentNames, isRevision } from "./names.ts";
import type { StackConfig } from "./stack-config.ts";

/** Everything the stack is built from, parsed once. */
export interface Settings {
  /** Of the Environments. */
  readonly organization: string;
  /** Of the stack itself. */
  readonly stackOrganization: string;
  readonly project: string;
  readonly stack: string;
  /** Of the stack's Environments. */
  readonly names: EnvironmentNames;
  readonly accountId: string;
  /** Production: no workers.dev address and no preview URLs, and what the stack declares is protected. */
  readonly prod: boolean;
  /** Names of Workers that a later update may remove. */
  readonly allowRemoval: readonly string[];
  /** Revision number or tag of the values; the latest when absent. */
  readonly secretsRevision: string | undefined;
  /** Stack (`stack` or `organization/stack`) that has to have run the code first; any code is taken when absent. */
  readonly promoteFrom: string | undefined;
  /** What Pulumi Deployments does for the stack; nothing when absent. */
  readonly deployments: DeploymentsConfig | undefined;
  readonly workers: readonly DeclaredWorker[];
  readonly definition: Definition;
  /** What the engine opened before the program ran. */
  readonly imported: { readonly digest: string; readonly secrets: unknown };
  readonly endpoints: Endpoints;
}

/**
 * Parses config, the Workers' wrangler files and the process environment. Throws one `FaultsError` for all faults.
 * `root` is the folder of `Pulumi.yaml`; relative paths in config start there.
 */
export async function readSettings(config: StackConfig, root: string, today = new Date()): Promise<Settings> {
  const stackFile = `Pulumi.${config.stack}.yaml`;
  refuseIfAny(platformStack(config, stackFile));
  const faults = keyNameFaults(config);
  const { project, stack } = config;
  const raw = config.get(CONFIG_KEYS.environments);
  const names = readEnvironmentNames({ project, stack, raw }, stackFile, faults);

  const { entries, workers, prod, allowRemoval, secretsRevision, organization } = await declareStack(
    config,
    { root, today },
    faults,
  );
  if (config.get(CONFIG_KEYS.scriptName) !== undefined && entries.length > 1) {
    faults.push({
      where: `${stackFile}, ${NAMESPACE}:${CONFIG_KEYS.scriptName}`,
      what: `the stack has ${entries.length} Workers, and the key does not say which is meant`,
      fix: "Write 'scriptName' into the Worker's entry of 'workers'.",
    });
  }
  faults.push(...refusedInProduction(workers, prod));

  if (secretsRevision !== undefined && !isRevision(secretsRevision)) {
    faults.push({
      where: `${stackFile}, ${NAMESPACE}:${CONFIG_KEYS.secretsRevision}`,
      what: `'${secretsRevision}' is neither a revision number nor a tag`,
      fix: `List them: pulumi env version history ${names.secrets}`,
    });
  }

  if (config.get(CONFIG_KEYS.organization) !== undefined && !/^\w[\w.-]*$/.test(organization)) {
    faults.push({
      where: `${stackFile}, ${NAMESPACE}:${CONFIG_KEYS.organization}`,
      what: `'${organization}' is no organization's name (letters, digits, '-', '_' and '.')`,
      fix: `Write the organization of the Environments alone, or take the key out to use the stack's own: pulumi config rm ${NAMESPACE}:${CONFIG_KEYS.organization} --stack ${config.stack}`,
    });
  }

  const promoteFrom = config.get(CONFIG_KEYS.promoteFrom);
  if (
    promoteFrom !== undefined &&
    (!/^(\w[\w.-]*\/)?\w[\w.-]*$/.test(promoteFrom) || promoteFrom === config.stack)
  ) {
    faults.push({
      where: `${stackFile}, ${NAMESPACE}:${CONFIG_KEYS.promoteFrom}`,
      what: `'${promoteFrom}' is not another stack of this project (STACK or ORGANIZATION/STACK)`,
      fix: `Name the stack that runs the code first: pulumi config set ${NAMESPACE}:${CONFIG_KEYS.promoteFrom} staging --stack ${config.stack}`,
    });
  }

  const deployments = parseDeployments(
    config.get(CONFIG_KEYS.deployments),
    prod,
    `${stackFile}, ${NAMESPACE}:${CONFIG_KEYS.deployments}`,
    faults,
  );

  const definition = defineEnvironment({
    names,
    secretsRevision,
    scripts: workers.map(({ scriptName }) => scriptName),
  });
  const imported = await readImported(config, definition, faults);
  const endpoints = readEndpoints(config.env, names.cloudflare, faults);
  for (const { config: file } of workers) {
    if (imported === undefined || file.accountId === undefined || file.accountId === imported.accountId)
      continue;
    faults.push({
      where: file.whereIs(["account_id"]),
      what: `the file is for the account ${file.accountId}, the stack deploys to ${imported.accountId}`,
      fix: `Take 'account_id' out of the file, or store the right account: pulumi env set ${names.cloudflare} environmentVariables.CLOUDFLARE_ACCOUNT_ID ID`,
    });
  }

  refuseIfAny(faults);
  if (imported === undefined || endpoints === undefined) throw new Error("a fault was not recorded");
  return {
    organization,
    stackOrganization: config.organization,
    project,
    stack,
    names,
    accountId: imported.accountId,
    prod,
    allowRemoval,
    secretsRevision,
    promoteFrom,
    deployments,
    workers,
    definition,
    imported,
    endpoints,
  };
}

/** A program that calls `plan()` alone would deploy Workers in the stack that administers the others; nothing else of it matters then. */
function platformStack(config: StackConfig, stackFile: string): Fault[] {
  if (config.get(CONFIG_KEYS.platform) === undefined) return [];
  return [
    {
      where: `${stackFile}, ${NAMESPACE}:${CONFIG_KEYS.platform}`,
      what: "a stack with this key is a platform stack and has no Workers, and the program calls plan() in it",
      fix: "Call platform() before plan(), and declare nothing else where it gives outputs. If the stack is to have Workers, take the key out.",
    },
  ];
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
          ? `the stack's config does not import it, or it holds no definition: there is no ${NAMESPACE}:digest`
          : `its definition is incomplete: ${NAMESPACE}:${digest === undefined ? "digest" : "accountId"} is not there`,
      fix: `Run: npx worker-secrets init ${config.stack}. It writes the definition and the import in Pulumi.${config.stack}.yaml, and nothing over an Environment of somebody else.`,
    });
    return undefined;
  }
  if (!/^[0-9a-f]{32}$/i.test(accountId)) {
    // Not shown: it may have been stored as a secret.
    const { cloudflare } = definition.names;
    faults.push({
      where: `Environment ${cloudflare}, environmentVariables.CLOUDFLARE_ACCOUNT_ID`,
      what: `an account id has 32 hex digits; this is something else of ${accountId.length} characters`,
      fix: `Take the id of the account's overview in the dashboard, or of 'npx wrangler whoami': pulumi env set ${cloudflare} environmentVariables.CLOUDFLARE_ACCOUNT_ID ID`,
    });
    return undefined;
  }
  const secrets = await config.getSecret("secrets");
  return { digest, accountId, secrets: secrets === undefined ? undefined : jsonOrText(secrets) };
}
