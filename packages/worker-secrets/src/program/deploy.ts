import type * as pulumi from "@pulumi/pulumi";
import { refuseIfAny } from "../faults.ts";
import { stageWorkerAssets } from "./assets/stage.ts";
import { boundScripts } from "./bindings.ts";
import { workerCalled } from "./called.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { LiveUpload } from "./live-upload.ts";
import { type MigrationPlan, planMigrations } from "./migrations.ts";
import type { Observed } from "./observe.ts";
import { deploymentOrder } from "./order.ts";
import { reportLosses } from "./protection/check.ts";
import { declareGuards, isGuarded } from "./protection/guards.ts";
import type { OwnProviders } from "./providers.ts";
import { type References, resolveReferences } from "./references.ts";
import { SecretWorker } from "./secret-worker.ts";
import { reportEdited } from "./secrets-elsewhere.ts";
import type { Settings } from "./settings.ts";
import { stackMark, uploadTag } from "./upload-mark.ts";
import { type Uploads, uploadText } from "./upload-text.ts";

/** Everything that was found out before anything is registered. */
export interface DeployInputs extends Uploads {
  readonly settings: Settings;
  readonly observed: Observed;
  readonly fingerprints: Fingerprints;
  readonly providers: OwnProviders;
  /** Workers that somebody else deployed and nothing is due for, by name: they stay as they are. */
  readonly left: ReadonlySet<string>;
}

/** The stack's Workers in the order of their deployment, which is checked before this returns. */
export function orderWorkers(
  { workers }: Pick<Settings, "workers" | "project">,
  observed: Pick<Observed, "scripts">,
): readonly DeclaredWorker[] {
  const dependents = workers.map((worker) => ({
    name: worker.name,
    needs: boundScripts(worker.config).flatMap((script) => workerCalled(workers, script)?.name ?? []),
    worker,
  }));
  const result = deploymentOrder(dependents, (name) => observed.scripts.get(name)?.exists === true);
  if (result.kind === "ordered") return result.order.map(({ worker }) => worker);
  refuseIfAny([
    {
      where: `${NAMESPACE}:workers`,
      what: `the Workers ${result.names.join(", ")} bind each other in a circle, and none of them is deployed yet: a binding needs a script that is there (10144)`,
      fix: "Take one of the bindings out, run 'pulumi up', and put it back.",
    },
  ]);
  return [];
}

/** Declares every Worker, each after those that it binds, and their guards after `others` as well. */
export async function deployWorkers(
  ordered: readonly DeclaredWorker[],
  inputs: DeployInputs,
  environment: pulumi.Resource,
  others: readonly pulumi.Resource[] = [],
): Promise<ReadonlyMap<DeclaredWorker, SecretWorker>> {
  const { settings, observed, bundles, assets, values, fingerprints, providers, left } = inputs;
  await reportEdited(settings, observed.editedSecrets);
  await reportLosses(observed.losses.warnings);
  const references = await resolveReferences(settings, providers.cloudflare);
  const deployed = new Map<DeclaredWorker, SecretWorker>();
  const scriptOf = (wranglerName: string): pulumi.Input<string> => {
    const own = workerCalled(settings.workers, wranglerName);
    if (own === undefined) return wranglerName;
    // Of a circle, one Worker comes before what it binds; that one exists already, under the name that it will keep.
    return deployed.get(own)?.scriptName ?? own.scriptName;
  };
  for (const worker of ordered) {
    const secrets = values.get(worker.name) ?? new Map<string, string>();
    const bundle = bundles.get(worker);
    const edited = observed.editedSecrets.get(worker.name);
    const before = observed.losses.moved.get(worker.name);
    const upload = await stageWorkerAssets(worker, settings.stack, assets.get(worker));
    const uploadKey = fingerprints.of(worker.name, uploadText(worker, inputs));
    const component = new SecretWorker(
      worker.name,
      {
        accountId: settings.accountId,
        scriptName: worker.scriptName,
        worker: worker.config,
        bundle,
        ...(upload === undefined ? {} : { assets: upload }),
        secrets,
        externalSecrets: worker.externalSecrets,
        prod: settings.prod,
        protect: isGuarded(worker, settings),
        references: references.of(worker),
        scriptOf,
        ...(worker.config.migrations.length === 0
          ? {}
          : { uploadKey, migrations: migrationsFor(worker, observed, uploadKey) }),
        leave: left.has(worker.name),
        annotations: {
          message: `worker-secrets, stack ${settings.project}/${settings.stack}`,
          tag: uploadKey.apply((key) =>
            uploadTag(stackMark(settings), key, {
              last: lastTag(observed.live.get(worker.name)),
              after: edited?.id ?? overwritten(worker, observed.live.get(worker.name)),
            }),
          ),
        },
        places: {
          zones: observed.zones,
          existingRoutes: observed.routes,
          queueId: (name) => queueId(name, references, observed),
        },
      },
      {
        dependsOn: [environment],
        providers: [providers.cloudflare],
        // Under another name of the resource the engine would delete the script, after it has uploaded the same one.
        ...(before === undefined ? {} : { aliases: [{ name: before }] }),
      },
    );
    deployed.set(worker, component);
  }
  declareGuards({
    settings,
    deployed,
    dataOf: references.resourcesOf,
    rest: [environment, fingerprints.resource, ...others],
    moved: observed.losses.moved,
  });
  return deployed;
}

/** The deployment that this upload may overwrite, which makes an upload due. */
function overwritten(
  { overwriteDeployment }: DeclaredWorker,
  live: LiveUpload | undefined,
): string | undefined {
  return live?.kind === "elsewhere" && live.base.id === overwriteDeployment ? live.base.id : undefined;
}

/** The tag of the stack's last upload, whatever answers now. */
function lastTag(live: LiveUpload | undefined): string | undefined {
  if (live?.kind === "own") return live.tag;
  return live?.kind === "elsewhere" ? live.own.tag : undefined;
}

function queueId(name: string, references: References, observed: Observed): pulumi.Input<string> | undefined {
  return references.queueId(name) ?? observed.queues.get(name);
}

/**
 * The migrations to send. The API wants only the steps that a script lacks, and refuses a step that it has taken
 * (10074, 10079); so once they are taken they would have to go from the inputs, and that alone would show as a change
 * in the next preview. Hence they stay as they were sent until something else is uploaded too.
 */
function migrationsFor(
  { name, config }: DeclaredWorker,
  observed: Observed,
  uploadKey: pulumi.Output<string>,
): pulumi.Input<MigrationPlan | undefined> {
  const found = observed.scripts.get(name);
  const plan = planMigrations(config.migrations, found?.migrationTag);
  const due = plan === "unknown-tag" ? undefined : plan;
  const last = found?.lastUpload;
  // Secrets that somebody else changed make an upload due, and so does a mark that is still missing.
  const marked = lastTag(observed.live.get(name)) !== undefined;
  if (last === undefined || due !== undefined || !marked || observed.editedSecrets.has(name)) return due;
  return uploadKey.apply((key) =>
    key === last.key ? ((last.migrations ?? undefined) as MigrationPlan) : due,
  );
}
