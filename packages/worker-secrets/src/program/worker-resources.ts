import type { WorkersScript as Script } from "@pulumi/cloudflare/workersScript.js";
import * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "../compile/bundle.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import { bindingsOf, type ScriptBinding } from "./bindings.ts";
import type { MigrationPlan } from "./migrations.ts";
import type { Ownership, UploadNote } from "./ownership.ts";
import type { WorkerSecrets } from "./program-values.ts";
import { type AssetUpload, scriptSettings } from "./script-args.ts";
import { sdkModule } from "./sdk-module.ts";
import { warnOfTransform } from "./transformed.ts";
import { declareTriggers, type TriggerPlaces } from "./triggers.ts";

const { WorkersScript } = sdkModule("@pulumi/cloudflare/workersScript", "WorkersScript");
const { WorkersScriptSubdomain } = sdkModule(
  "@pulumi/cloudflare/workersScriptSubdomain",
  "WorkersScriptSubdomain",
);

/** A Worker, its secrets, and what it is bound to. */
export interface WorkerResourceArgs {
  /** Cloudflare account id, 32 hex digits. */
  readonly accountId: string;
  /** Name of the script in the account: at most 63 of `a-z`, `0-9`, `-`. A change replaces the Worker. */
  readonly scriptName: string;
  /** What the Worker's wrangler file says, from `readWorkerConfig`. */
  readonly worker: WorkerConfig;
  /** Its code, from `bundleWorker`; `undefined` for a Worker of static assets alone. */
  readonly bundle: Bundle | undefined;
  /** Its static assets as wrangler would upload them. Default: the folder that the file names, as it is. */
  readonly assets?: AssetUpload;
  /** The secrets to bind, by name, each at most 5 KB. Wrapped as Pulumi secrets here, whatever they come from. */
  readonly secrets: WorkerSecrets;
  /** Secrets that somebody else sets: bound as `inherit`, never read or written. They must be on the Worker. Default: none. */
  readonly externalSecrets?: readonly string[];
  /** Production: no workers.dev address and no preview URLs, whatever the file says. Default: false. */
  readonly prod?: boolean;
  /** Id or name of the resource behind a binding, by the binding's name, where the file's own does not count. Default: none. */
  readonly references?: ReadonlyMap<string, pulumi.Input<string>>;
  /** The script in the account that a Worker's name in the file means. Default: the name as it is. */
  readonly scriptOf?: (wranglerName: string) => pulumi.Input<string>;
  /** Durable Object migrations that the script still lacks, from `planMigrations`. Default: none. */
  readonly migrations?: pulumi.Input<MigrationPlan | undefined>;
  /** Keyed fingerprint of the upload, noted after it; only needed with `migrations`. */
  readonly uploadKey?: pulumi.Input<string>;
  /** Have the engine refuse what would delete the script or a workflow. Default: false. */
  readonly protect?: boolean;
  /** Makes no upload, whatever the state has: something else answers, and nothing here is due. Default: false. */
  readonly leave?: boolean;
  /** What the uploaded version is marked with, each at most 100 bytes. A change uploads everything again. Default: nothing. */
  readonly annotations?: { readonly message: string; readonly tag: pulumi.Input<string> };
  /** Where the routes and queues are that the file names. Default: none, for a Worker without any. */
  readonly places?: TriggerPlaces;
}

/**
 * Declares a Worker with its secret bindings, its addresses, crons and queue consumers, below `parent`. Code and secrets go up in
 * one atomic version. Gives the script's name, which is known only after the upload: what binds this Worker waits for it.
 */
export function declareWorker(
  name: string,
  args: WorkerResourceArgs,
  { parent, provider }: WorkerResourceOptions,
): pulumi.Output<string> {
  const options = { parent, ...(provider === undefined ? {} : { provider }) };
  const bindings = allBindings(args);
  const noted = noteNames(name, args, bindings, parent);
  const script = uploadScript(name, args, bindings, { ...options, dependsOn: [noted] });
  noteUpload(name, args, script, parent);
  serveOnSubdomain(name, args, script, options);
  declareTriggers(name, args, script, options);
  return script.scriptName;
}

/** Where the resources of a Worker are. */
export interface WorkerResourceOptions {
  readonly parent: pulumi.Resource;
  /** Default: the parent's, else the engine's own. */
  readonly provider?: pulumi.ProviderResource;
}

/** Before the upload, so that a name is known as ours even where an `up` ends in its middle. See `OwnedState`. */
function noteNames(
  name: string,
  { scriptName }: WorkerResourceArgs,
  bindings: readonly ScriptBinding[],
  parent: pulumi.Resource,
): pulumi.Stash {
  const input: Ownership = { scriptName, names: bindings.map((binding) => String(binding.name)) };
  return new pulumi.Stash(`${name}-names`, { input }, { parent });
}

function uploadScript(
  name: string,
  args: WorkerResourceArgs,
  bindings: readonly ScriptBinding[],
  options: pulumi.CustomResourceOptions,
): Script {
  const { accountId, scriptName, worker, bundle, assets, migrations, annotations } = args;
  const { leave = false, protect = false } = args;
  const uploaded = {
    ...scriptSettings(worker, bundle, assets),
    ...(worker.tailConsumers.length === 0 ? {} : { tailConsumers: [...worker.tailConsumers] }),
    ...(migrations === undefined ? {} : { migrations: pulumi.output(migrations) }),
    bindings: bindings.map(sealed),
    ...(annotations === undefined
      ? {}
      : { annotations: { workersMessage: annotations.message, workersTag: annotations.tag } }),
  };
  const script = new WorkersScript(
    name,
    { accountId, scriptName, ...uploaded },
    {
      ...options,
      protect, // Its Durable Objects go with it.
      ...(leave ? { ignoreChanges: Object.keys(uploaded) } : {}),
    },
  );
  // What is left as it is has the bindings of whoever deployed it.
  if (!leave) warnOfTransform(script, { scriptName, names: bindings.map((one) => String(one.name)) });
  return script;
}

/** After the upload: what it was, so that the next run can tell whether another one is due. See `migrationsFor`. */
function noteUpload(
  name: string,
  { scriptName, worker, migrations, uploadKey }: WorkerResourceArgs,
  script: Script,
  parent: pulumi.Resource,
): void {
  if (worker.migrations.length === 0 || uploadKey === undefined) return;
  const input = pulumi
    .all([uploadKey, migrations])
    .apply(([key, sent]): UploadNote => ({ scriptName, key, migrations: sent ?? null }));
  new pulumi.Stash(`${name}-upload`, { input }, { parent, dependsOn: [script] });
}

/**
 * By the script's own output, so that it is deleted first. `previewsEnabled` is always sent: left out, it follows `enabled`, which in
 * production would serve old versions with the secrets of their time.
 */
function serveOnSubdomain(
  name: string,
  { accountId, worker, prod = false }: WorkerResourceArgs,
  script: Script,
  options: pulumi.CustomResourceOptions,
): void {
  new WorkersScriptSubdomain(
    name,
    {
      accountId,
      scriptName: script.scriptName,
      enabled: worker.workersDev && !prod,
      previewsEnabled: worker.previewUrls && !prod,
    },
    options,
  );
}

/** The bindings of a Worker's next upload, secrets in clear. */
function allBindings(args: WorkerResourceArgs): ScriptBinding[] {
  return bindingsOf({
    worker: args.worker,
    secrets: args.secrets,
    externalSecrets: args.externalSecrets ?? [],
    references: args.references ?? new Map(),
    scriptOf: args.scriptOf ?? ((name) => name),
  });
}

/** For the engine: a secret's text wrapped, so that no state, preview or log has it in clear. */
export function sealed(binding: ScriptBinding): ScriptBinding {
  return binding.type === "secret_text" && binding.text !== undefined
    ? { ...binding, text: pulumi.secret(binding.text) }
    : binding;
}
