import * as pulumi from "@pulumi/pulumi";
import { refuseIfAny } from "../faults.ts";
import { stageWorkerAssets } from "./assets/stage.ts";
import { boundScripts } from "./bindings.ts";
import { workerCalled } from "./called.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Found } from "./found.ts";
import type { Given } from "./given.ts";
import type { LiveUpload } from "./live-upload.ts";
import { type MigrationPlan, planMigrations } from "./migrations.ts";
import type { Observed } from "./observe.ts";
import { deploymentOrder } from "./order.ts";
import { referencesOf, secretsOf, type WorkerSecrets } from "./program-values.ts";
import { isGuarded } from "./protection/guards.ts";
import type { OwnProviders } from "./providers.ts";
import type { References } from "./references.ts";
import type { Settings } from "./settings.ts";
import { stackMark, uploadTag } from "./upload-mark.ts";
import { uploadText } from "./upload-text.ts";
import { declareWorker } from "./worker-resources.ts";

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

/** What a Worker needs to know of the plan. */
export interface Declaring {
  readonly found: Found;
  /** Workers that somebody else deployed and nothing is due for, by name: they stay as they are. */
  readonly left: ReadonlySet<string>;
  references(): Promise<References>;
  providers(): OwnProviders;
  /** The name of another Worker's script, where that one is constructed. */
  scriptNameOf(worker: string): pulumi.Output<string> | undefined;
}

interface Uploaded {
  /** Known only after the upload. */
  readonly scriptName: pulumi.Output<string>;
  readonly secrets: WorkerSecrets;
}

/** Declares one Worker of the plan below `component`. `given`: what the program passes for it. */
export async function declareSecretWorker(
  worker: DeclaredWorker,
  component: pulumi.Resource,
  given: Given<pulumi.Input<string>>,
  plan: Declaring,
): Promise<Uploaded> {
  const { found, left } = plan;
  const { settings, observed, bundles, assets } = found;
  const references = await plan.references();
  const upload = await stageWorkerAssets(worker, settings.stack, assets.get(worker));
  const secrets = secretsOf(worker, given, found);
  const uploadKey = uploadKeyOf(worker, secrets, found);
  const scriptName = declareWorker(
    worker.name,
    {
      accountId: settings.accountId,
      scriptName: worker.scriptName,
      worker: worker.config,
      bundle: bundles.get(worker),
      ...(upload === undefined ? {} : { assets: upload }),
      secrets,
      externalSecrets: worker.externalSecrets,
      prod: settings.prod,
      protect: isGuarded(worker, settings),
      references: new Map([...references.of(worker), ...referencesOf(worker, given)]),
      scriptOf: (wranglerName) => scriptOf(wranglerName, plan),
      ...(worker.config.migrations.length === 0
        ? {}
        : { uploadKey, migrations: migrationsFor(worker, observed, uploadKey) }),
      leave: left.has(worker.name),
      annotations: annotationsOf(worker, found, uploadKey),
      places: {
        zones: observed.zones,
        existingRoutes: observed.routes,
        queueId: (name) => queueId(name, references, observed),
      },
    },
    { parent: component, provider: plan.providers().cloudflare },
  );
  return { scriptName, secrets };
}

/** Keyed fingerprint of what is uploaded; known with the last value that the program passes. */
function uploadKeyOf(worker: DeclaredWorker, secrets: WorkerSecrets, found: Found): pulumi.Output<string> {
  const text = pulumi
    .output(Object.fromEntries(secrets))
    .apply((texts) => uploadText(worker, found, new Map(Object.entries(texts))));
  return found.fingerprints.of(worker.name, text);
}

/** What the uploaded version is marked with: the stack, and what was uploaded. */
function annotationsOf(
  worker: DeclaredWorker,
  { settings, observed }: Found,
  uploadKey: pulumi.Output<string>,
): { message: string; tag: pulumi.Output<string> } {
  const live = observed.live.get(worker.name);
  const edited = observed.editedSecrets.get(worker.name);
  return {
    message: `worker-secrets, stack ${settings.project}/${settings.stack}`,
    tag: uploadKey.apply((key) =>
      uploadTag(stackMark(settings), key, {
        last: lastTag(live),
        after: edited?.id ?? overwritten(worker, live),
      }),
    ),
  };
}

/**
 * The script that a name in a wrangler file means. Of a circle, one Worker comes before what it binds; that one exists already,
 * under the name that it will keep.
 */
function scriptOf(wranglerName: string, { found, scriptNameOf }: Declaring): pulumi.Input<string> {
  const own = workerCalled(found.settings.workers, wranglerName);
  if (own === undefined) return wranglerName;
  return scriptNameOf(own.name) ?? own.scriptName;
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
