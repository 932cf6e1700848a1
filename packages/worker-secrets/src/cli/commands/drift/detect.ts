import { readDeployed } from "../../../api/cloudflare-deployed.ts";
import { deploymentsOf } from "../../../api/cloudflare-deployments.ts";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { type PastUpdate, type PulumiHistory, pulumiHistory } from "../../../api/pulumi-history.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { defineEnvironment, sameDocument, scriptsOf } from "../../../program/definition.ts";
import { type GuardFault, type GuardKind, guardScript } from "../../../program/guard.ts";
import { otherOwner } from "../../../program/other-owner.ts";
import { ownDeployment } from "../../../program/own-deployment.ts";
import { OwnedState } from "../../../program/ownership.ts";
import { checkValues } from "../../../program/values.ts";
import { deployAccount, lookFor } from "../../project/access.ts";
import type { Context } from "../../project/context.ts";
import type { Declared } from "../../project/declared.ts";
import { openValues } from "../../project/worker-values.ts";
import { compareBindings, sentBindings } from "./bindings.ts";
import { compareSurroundings } from "./compare.ts";
import { deploymentFindings, restore } from "./deployments.ts";
import { drift, type Finding, type FindingKind, info } from "./findings.ts";
import { readStackState, type StackState, unsealed } from "./stack-state.ts";
import { compareValues } from "./values.ts";

/** How much of the stack's history is looked at: far more updates than lie between two looks. */
const HISTORY = 100;

/** Reads both clouds and compares them with what the stack deployed. Writes nothing. */
export async function detectDrift(context: Context, declared: Declared): Promise<Finding[]> {
  const { project, stack, names, cloudflareUrl } = context;
  const client = context.client.forOrganization(declared.organization);
  const history = pulumiHistory(context.pulumi, context.organization, project, stack);
  const [access, exported, updates, stored, values] = await Promise.all([
    deployAccount({ context, declared }),
    context.client.exportStack(project, stack),
    history.updates(HISTORY),
    client.environment(names.definition),
    openValues(context, declared),
  ]);
  const { accountId, token } = access;
  const state = readStackState(exported);
  const owned = new OwnedState(exported);
  const known = scriptsOf(stored?.yaml, project);
  const decrypt = (ciphertext: string) => history.decrypt(ciphertext);

  const read = (worker: DeclaredWorker) => readDeployed(cloudflareUrl, token, accountId, worker.scriptName);
  const perWorker = declared.workers.map(async (worker): Promise<Finding[]> => {
    const [live, deployments] = await Promise.all([
      read(worker),
      deploymentsOf(cloudflareUrl, token, accountId, worker.scriptName).catch(() => []),
    ]);
    const guarded = await guardScript(
      worker,
      { project, stack, imported: { secrets: values } },
      live && { bindings: live.bindings, migrationTag: live.migrationTag },
      known.includes(worker.scriptName),
      {
        state: async () => owned,
        otherOwner: () => otherOwner(lookFor(context, declared, accountId), worker.scriptName),
      },
    );
    const findings = guarded.faults.map(guardFinding);
    const ours = state?.workers.get(worker.scriptName);
    if (ours === undefined) {
      if (live === undefined || !guarded.faults.some(({ kind }) => kind === "foreign-script"))
        findings.push(notDeployed(worker.scriptName));
      return findings;
    }
    if (live === undefined) return [missingWorker(worker.scriptName)];
    const ran = ownDeployment(deployments, updates.filter(deploys), ours.modifiedOn);
    findings.push(...deploymentFindings(worker.scriptName, ran));
    if (canOpen(state)) {
      const sent = sentBindings(await unsealed(ours.bindings, decrypt));
      const mend = restore(worker.scriptName, ran);
      if (sent !== undefined) findings.push(...compareBindings(worker.scriptName, sent, live.bindings, mend));
    }
    return [...findings, ...compareSurroundings(ours, live)];
  });

  const groups = await Promise.all([
    ...perWorker,
    valueFindings(context, declared, values, state, history),
    definitionFindings(context, declared, stored?.yaml, state, history),
    pinFindings(client, declared, names.secrets),
  ]);
  return groups.flat();
}

/** Of the history, what makes deployments. */
function deploys({ kind }: PastUpdate): boolean {
  return kind === "update" || kind === "destroy";
}

/** Only Pulumi Cloud's own secrets can be opened by asking it. */
function canOpen(state: StackState): boolean;
function canOpen(state: StackState | undefined): state is StackState;
function canOpen(state: StackState | undefined): boolean {
  return state?.secretsProvider === "service";
}

const KINDS: Readonly<Record<GuardKind, FindingKind>> = {
  "foreign-script": "worker-foreign",
  "undeclared-secret": "secret-undeclared",
  "undeclared-binding": "binding-undeclared",
  "missing-external": "secret-missing",
  "wrong-external": "binding-changed",
  "unknown-migration": "migration-unknown",
};

/** The guard's words are those of the preview that it would stop. */
function guardFinding({ kind, where, what, fix }: GuardFault): Finding {
  return drift(KINDS[kind], where, what, fix);
}

function notDeployed(scriptName: string): Finding {
  return info("not-deployed", `Worker '${scriptName}'`, "the stack has not deployed it yet", "pulumi up");
}

function missingWorker(scriptName: string): Finding {
  return drift(
    "worker-missing",
    `Worker '${scriptName}'`,
    "the stack deployed it, and it is no longer in the account",
    "pulumi up --refresh",
  );
}

async function valueFindings(
  { stack, names }: Context,
  { workers }: Declared,
  opened: unknown,
  state: StackState | undefined,
  history: PulumiHistory,
): Promise<Finding[]> {
  const { values, faults } = checkValues({ names, workers }, opened);
  const missing = faults.map(({ kind, where, what, fix }) =>
    drift(kind === "conflict" ? "value-conflict" : "value-missing", where, what, fix),
  );
  if (state === undefined || state.workers.size === 0) return missing;
  if (!canOpen(state)) {
    const fix = "Look at the fingerprints in: pulumi preview --diff";
    const what = `its secrets are kept by '${state.secretsProvider ?? "an unknown provider"}', so deployed values can't be compared here`;
    return [...missing, info("unread", `stack ${stack}`, what, fix)];
  }
  const key = await unsealed(state.fingerprintKey, (text) => history.decrypt(text));
  if (typeof key !== "string") return missing;
  const incomplete = new Set(faults.map(({ where }) => where));
  const changed = workers.flatMap((worker) => {
    const ours = state.workers.get(worker.scriptName);
    if (ours === undefined) return [];
    return compareValues(
      worker,
      values.get(worker.name) ?? new Map(),
      ours.fingerprints,
      { key, stack },
      names.secrets,
    );
  });
  // One that has no value at all is told once.
  const told = (finding: Finding) =>
    [...incomplete].some((where) => where.endsWith(`.${/'([^']+)'/.exec(finding.where)?.[1] ?? ""}`));
  return [...missing, ...changed.filter((finding) => !told(finding))];
}

/** The stored text against the one that the stack declared, whatever digest it carries. */
async function definitionFindings(
  { project, stack, names }: Context,
  declared: Declared,
  stored: string | undefined,
  state: StackState | undefined,
  history: PulumiHistory,
): Promise<Finding[]> {
  const where = `Environment ${names.definition}`;
  if (stored === undefined) {
    return [drift("definition-edited", where, "it is not there", `npx worker-secrets init ${stack}`)];
  }
  const wanted = canOpen(state)
    ? await unsealed(state.definition, (text) => history.decrypt(text))
    : undefined;
  const { secretsRevision } = declared;
  const inputs = { names, secretsRevision, scripts: scriptsOf(stored, project) };
  // The second is the form of versions before 0.2; goes at 1.0.
  const texts =
    typeof wanted === "string"
      ? [wanted]
      : [NAMESPACE, project].map((namespace) => defineEnvironment({ ...inputs, namespace }).yaml);
  if (texts.some((text) => sameDocument(stored, text))) return [];
  const what = "somebody edited it: its text is not the one that the stack declared";
  return [
    drift(
      "definition-edited",
      where,
      what,
      `pulumi up (what was edited: pulumi env get ${names.definition})`,
    ),
  ];
}

async function pinFindings(
  client: PulumiClient,
  { secretsRevision }: Declared,
  environment: string,
): Promise<Finding[]> {
  if (secretsRevision === undefined) return [];
  const [latest, pinned] = await Promise.all([
    client.environment(environment),
    client.environment(`${environment}/versions/${secretsRevision}`),
  ]);
  const where = `Environment ${environment}`;
  if (pinned === undefined) {
    const what = `the stack pins the revision '${secretsRevision}', which is not there`;
    return [drift("value-missing", where, what, `pulumi env version history ${environment}`)];
  }
  if (latest?.revision === undefined || latest.revision === pinned.revision) return [];
  const what = `the stack pins ${secretsRevision}${String(pinned.revision) === secretsRevision ? "" : ` (revision ${pinned.revision})`}; the latest revision is ${latest.revision}`;
  return [
    info(
      "pin-behind",
      where,
      what,
      `pulumi env diff ${environment}@${secretsRevision} ${environment}@latest`,
    ),
  ];
}
