import * as v from "valibot";
import type { CloudflareClient } from "../../api/cloudflare.ts";
import type { Fault } from "../../faults.ts";
import { NAMESPACE } from "../config-keys.ts";
import { planMigrations } from "../migrations.ts";
import type { Settings } from "../settings.ts";
import { declaredData, ownClasses } from "./data.ts";
import { type DeclaredThings, isRefused, type Loss, planLosses } from "./losses.ts";
import type { Owned } from "./owned.ts";

type CheckSettings = Pick<
  Settings,
  | "project"
  | "stack"
  | "names"
  | "stackOrganization"
  | "accountId"
  | "prod"
  | "workers"
  | "allowRemoval"
  | "endpoints"
>;

/** What was found of each Worker's script, by the Worker's name. */
type Live = ReadonlyMap<string, { readonly exists: boolean; readonly migrationTag: string | undefined }>;

/** What an update would lose, before it does. */
export interface LossFindings {
  readonly faults: readonly Fault[];
  /** For the preview. */
  readonly warnings: readonly string[];
  /** The name that a Worker had before, by its name now, where its script is kept. */
  readonly moved: ReadonlyMap<string, string>;
}

/**
 * Compares what the state has with what is declared. By evidence: a script that is gone from the account is no loss, and
 * what the state has as protected stays protected, whatever the config says in the same update.
 */
export async function checkLosses(
  settings: CheckSettings,
  owned: Owned,
  live: Live,
  cloudflare: CloudflareClient,
): Promise<LossFindings> {
  const { accountId, prod, workers } = settings;
  const plan = planLosses(owned, {
    accountId,
    prod,
    workers: workers.map((worker) => declaredThings(worker, settings, live.get(worker.name))),
  });
  const found = await Promise.all(plan.losses.map((loss) => onAccount(loss, accountId, cloudflare)));
  const losses = found.filter((loss) => loss !== undefined);
  const warnings = permissions(settings, owned);
  if (losses.length === 0) return { moved: plan.moved, faults: [], warnings };
  const { lossFault, lossWarning } = await import("./words.ts");
  let asked: Promise<boolean> | undefined;
  const wasProduction = () => {
    asked ??= lastUpWasProduction(settings);
    return asked;
  };
  const refused = await Promise.all(losses.map((loss) => isRefused(loss, wasProduction)));
  return {
    moved: plan.moved,
    faults: losses.filter((_, index) => refused[index]).map((loss) => lossFault(loss, settings)),
    warnings: [
      ...losses
        .filter((loss, index) => refused[index] === false && takesData(loss))
        .map((loss) => lossWarning(loss, settings)),
      ...warnings,
    ],
  };
}

function declaredThings(
  worker: Settings["workers"][number],
  { prod }: CheckSettings,
  found: { readonly exists: boolean; readonly migrationTag: string | undefined } | undefined,
): DeclaredThings {
  const exists = found?.exists === true;
  const due = exists ? planMigrations(worker.config.migrations, found?.migrationTag) : undefined;
  const steps = due === undefined || due === "unknown-tag" ? [] : due.steps;
  return {
    worker: worker.name,
    scriptName: worker.scriptName,
    protected: prod || worker.protect,
    allowRemoval: worker.allowRemoval,
    data: declaredData(worker),
    classes: ownClasses(worker),
    exists,
    deletes: steps.flatMap(({ deletedClasses }) => deletedClasses ?? []),
  };
}

const objects = v.object({
  type: v.literal("durable_object_namespace"),
  class_name: v.string(),
  script_name: v.nullish(v.string()),
});

/** `undefined` where the account no longer has the script; else with the classes that it has. */
async function onAccount(
  loss: Loss,
  accountId: string,
  cloudflare: CloudflareClient,
): Promise<Loss | undefined> {
  // The token of this account can't look into another one.
  if (loss.what !== "script" || loss.accountId !== accountId) return loss;
  const { scriptName } = loss;
  const script = await cloudflare.script(accountId, scriptName);
  if (script === undefined) return undefined;
  const classes = script.bindings.flatMap((binding) => {
    const parsed = v.safeParse(objects, binding);
    if (!parsed.success) return [];
    const { class_name, script_name } = parsed.output;
    return (script_name ?? scriptName) === scriptName ? [class_name] : [];
  });
  return { ...loss, classes: [...new Set([...loss.classes, ...classes])].sort() };
}

/** Of a script alone nothing is lost that an upload does not bring back. */
function takesData(loss: Loss): boolean {
  return loss.what !== "script" || loss.classes.length > 0;
}

/** Scripts that were declared as protected, still are, and that the state has without: by name. */
function unprotected(workers: CheckSettings["workers"], prod: boolean, owned: Owned): string[] {
  return owned.scripts.flatMap(({ worker, scriptName, protect }) => {
    const record = owned.guards.get(worker);
    const declared = workers.some(
      (one) => one.scriptName === scriptName && (prod || one.protect) && !one.allowRemoval,
    );
    return declared && record?.protected === true && !record.allowRemoval && !protect ? [scriptName] : [];
  });
}

/** What is not protected although the stack is, and names that permit nothing. */
function permissions({ prod, workers, allowRemoval, stack }: CheckSettings, owned: Owned): string[] {
  const open = workers.filter((worker) => worker.allowRemoval && (prod || worker.protect));
  const known = new Set([
    ...workers.flatMap(({ name, scriptName }) => [name, scriptName]),
    ...owned.scripts.flatMap(({ worker, scriptName }) => [worker, scriptName]),
  ]);
  return [
    ...unprotected(workers, prod, owned).map(
      (scriptName) =>
        `The Worker '${scriptName}' is not protected in the stack's state, although the last update declared that it is: somebody took the protection off (pulumi state unprotect), or a transform of the program does. Until an update protects it again, nothing refuses to delete it with its data.`,
    ),
    ...open.map(
      ({ name, scriptName }) =>
        `The Worker '${scriptName}' and its data are not protected after this update: allowRemoval permits to remove '${name}'. Take it out of Pulumi.${stack}.yaml as soon as it has served.`,
    ),
    ...allowRemoval
      .filter((name) => !known.has(name))
      .map(
        (name) =>
          `${NAMESPACE}:allowRemoval names '${name}', and the stack has no such Worker. If it was removed, take the name out of Pulumi.${stack}.yaml.`,
      ),
  ];
}

/** Asked only where an earlier version deployed the stack: it noted nothing, so the history is the evidence. */
async function lastUpWasProduction({
  endpoints,
  stackOrganization,
  project,
  stack,
}: CheckSettings): Promise<boolean> {
  const { pulumiHistory } = await import("../../api/pulumi-history.ts");
  const updates = await pulumiHistory(endpoints.pulumi, stackOrganization, project, stack).updates(100);
  const last = updates.find(({ kind, result }) => kind === "update" && result === "succeeded");
  // Before version 0.2 the keys had the project's name as their namespace.
  return [NAMESPACE, project].some((namespace) => last?.config.get(`${namespace}:prod`) === "true");
}

/** Names in the preview what an update takes away. */
export async function reportLosses(warnings: readonly string[]): Promise<void> {
  if (warnings.length === 0) return;
  const { log } = await import("@pulumi/pulumi");
  for (const warning of warnings) await log.warn(warning);
}
