import { pMapSettled } from "p-map";
import { type CloudflareClient, cloudflareClient, type ScriptState } from "../api/cloudflare.ts";
import type { Deployment } from "../api/cloudflare-deployments.ts";
import { type PulumiClient, pulumiClient } from "../api/pulumi.ts";
import { type Fault, refuseIfAny } from "../faults.ts";
import { boundScripts } from "./bindings.ts";
import { workerCalled } from "./called.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { scriptsOf } from "./definition.ts";
import { notThereYet } from "./first-deployment.ts";
import { foreignDefinition } from "./foreign-definition.ts";
import { guardScript, type OnCloudflare } from "./guard.ts";
import type { LiveUpload } from "./live-upload.ts";
import { cloudflareFault, pulumiFault } from "./observe-faults.ts";
import { otherAccount } from "./other-account.ts";
import { OwnedState } from "./ownership.ts";
import type { LoosePart } from "./pins.ts";
import { findQueues, findZones, type QueuePlaces } from "./places.ts";
import { checkLosses, type LossFindings } from "./protection/check.ts";
import { ownedBy } from "./protection/owned.ts";
import { type ReadUpload, readUpload, runsOf, settleUnmarked } from "./read-live.ts";
import { hasVariablesFromElsewhere, variableFaults, variablesSetBy } from "./runtime-variables.ts";
import { editedOf } from "./secrets-elsewhere.ts";
import type { Settings } from "./settings.ts";

/** Workers read at a time: each is a connection. */
const AT_ONCE = 32;

/** What is there before the stack runs. Everything is read, nothing written. */
export interface Observed {
  /** The stored text of the stack's Environment. */
  readonly storedDefinition: string | undefined;
  /** The account's workers.dev label; empty only where no Worker needs one. */
  readonly subdomain: string;
  /** By the Worker's name. */
  readonly scripts: ReadonlyMap<string, OnCloudflare>;
  /** The deployment by which somebody else changed a Worker's secrets after its last upload, by the Worker's name. */
  readonly editedSecrets: ReadonlyMap<string, Deployment>;
  /** What answers for a Worker, by its name; not for one that is adopted or not there yet. */
  readonly live: ReadonlyMap<string, LiveUpload>;
  /** What can change of the values although their revision is pinned. */
  readonly looseParts: readonly LoosePart[];
  /** Zone ids of the Workers' routes, by pattern. */
  readonly zones: ReadonlyMap<string, string>;
  /** Ids of routes that are there already and lead to a Worker which is being adopted, by pattern: `zone/route`. */
  readonly routes: ReadonlyMap<string, string>;
  /** Ids of the queues that Workers consume and the stack does not declare, by name. */
  readonly queues: ReadonlyMap<string, string>;
  /** What the update takes away, and Workers that have another name now. */
  readonly losses: Pick<LossFindings, "warnings" | "moved">;
}

/**
 * Reads, side by side, the stored definition, the account's subdomain and what each Worker has. Stops with all faults
 * at once: a token or account that does not work, a Worker that something else made, and bindings that the next upload
 * would take away although this stack never put them there.
 */
export async function observe(settings: Settings): Promise<Observed> {
  const { endpoints, accountId, organization, workers, project } = settings;
  const pulumi = pulumiClient(endpoints.pulumi.url, endpoints.pulumi.token, organization);
  const cloudflare = cloudflareClient(endpoints.cloudflare.url, endpoints.cloudflare.token);
  const definition = pulumi.environment(settings.definition.name);
  // Before any call goes out with the deploy token.
  const text = await definition.then((found) => found?.yaml).catch(() => undefined);
  refuseIfAny(await forbiddenVariables(pulumi, settings, text));
  const [[stored, exported, loose, subdomain, ...places], reads] = await Promise.all([
    Promise.allSettled([
      definition,
      exportState(settings),
      looseParts(pulumi, settings),
      cloudflare.subdomain(accountId),
      findZones(cloudflare, settings),
      findQueues(cloudflare, settings),
    ]),
    pMapSettled(workers, (worker) => readScript(cloudflare, settings, worker), { concurrency: AT_ONCE }),
  ]);

  const faults: Fault[] = [];
  const unread = [stored, loose].find((result) => result.status === "rejected");
  if (unread !== undefined) faults.push(pulumiFault(settings, unread.reason));
  else if (exported.status === "rejected")
    faults.push(pulumiFault(settings, exported.reason, `the state of the stack ${settings.stack}`));
  const refused = [subdomain, ...reads, ...places].find((result) => result.status === "rejected");
  if (refused !== undefined)
    faults.push(await cloudflareFault(settings, refused.reason, () => cloudflare.tokenStatus(accountId)));
  const onWorkersDev = !settings.prod && workers.some(({ config }) => config.workersDev);
  if (subdomain.status === "fulfilled" && subdomain.value === undefined && onWorkersDev) {
    faults.push({
      where: `Cloudflare account ${accountId}`,
      what: "it has no workers.dev subdomain yet, and the Worker is to be served there",
      fix: "Register one in the dashboard (Workers & Pages), or set 'workers_dev: false' in wrangler.jsonc.",
    });
  }
  refuseIfAny(faults);

  const storedDefinition = stored.status === "fulfilled" ? stored.value?.yaml : undefined;
  const deployment = exported.status === "fulfilled" ? exported.value : undefined;
  const state = ownedState(deployment);
  faults.push(...(await foreignDefinition(pulumi, settings, storedDefinition, state)));
  // The declared text names every script; it is parsed only where it differs.
  const known = new Set(
    storedDefinition === settings.definition.yaml
      ? workers.map(({ scriptName }) => scriptName)
      : scriptsOf(storedDefinition, project),
  );
  // Only where a script of the stack is not where the account says.
  const isGone = ({ scriptName }: DeclaredWorker, index: number) =>
    known.has(scriptName) && reads[index]?.status === "fulfilled" && reads[index].value === undefined;
  const elsewhere =
    storedDefinition !== undefined && workers.some(isGone) ? otherAccount(settings, await state()) : [];
  faults.push(...elsewhere);
  const scripts = new Map<string, OnCloudflare>();
  const editedSecrets = new Map<string, Deployment>();
  const live = new Map<string, LiveUpload>();
  await Promise.all(
    workers.map(async (worker, index) => {
      const read = reads[index];
      const found = read?.status === "fulfilled" ? read.value : undefined;
      const guarded = await guardScript(worker, settings, found, known.has(worker.scriptName), {
        state,
        otherOwner: () => findOwner(settings, worker.scriptName),
      });
      faults.push(...guarded.faults);
      faults.push(...notThereYet(worker, workers, found !== undefined));
      scripts.set(worker.name, guarded.found);
      // One that is being adopted is uploaded in any case.
      if (found === undefined || guarded.found.adopted) return;
      const edited = editedOf(worker, found.upload.deployments);
      if (edited !== undefined) editedSecrets.set(worker.name, edited);
      const history = async () => {
        const [owned, runs] = await Promise.all([state(), runsOf(endpoints.pulumi, settings)]);
        return { modifiedOn: owned.modifiedOn(worker.scriptName), runs };
      };
      live.set(worker.name, await settleUnmarked(found.upload, history));
    }),
  );
  const losses = await checkLosses(settings, ownedBy(deployment), scripts, cloudflare);
  // What goes with the account is one fault, not one for each.
  if (elsewhere.length === 0) faults.push(...losses.faults);
  faults.push(...(await missingScripts(cloudflare, settings)));
  const [zones, queues] = places;
  const { ids, unknown } =
    zones.status === "fulfilled" ? zones.value : { ids: new Map<string, string>(), unknown: [] };
  const none: QueuePlaces = { ids: new Map(), consumedBy: new Map(), unknown: [] };
  const found = queues.status === "fulfilled" ? queues.value : none;
  faults.push(...unknown, ...found.unknown, ...adoptedConsumers(settings, scripts, found));
  refuseIfAny(faults);
  return {
    storedDefinition,
    subdomain: (subdomain.status === "fulfilled" ? subdomain.value : undefined) ?? "",
    scripts,
    editedSecrets,
    live,
    looseParts: loose.status === "fulfilled" ? loose.value : [],
    zones: ids,
    routes: await adoptedRoutes(cloudflare, settings, scripts, ids),
    queues: found.ids,
    losses,
  };
}

/** Variables that the stored Environment or one of its imports gives this process and the plugins. Our own text needs no call for it. */
async function forbiddenVariables(
  pulumi: PulumiClient,
  settings: Settings,
  text: string | undefined,
): Promise<Fault[]> {
  const { name } = settings.definition;
  const names = variablesSetBy(text);
  try {
    if (hasVariablesFromElsewhere(text)) names.push(...(await pulumi.environmentVariables(name)));
  } catch (error) {
    return [pulumiFault(settings, error, `the variables of Environment ${name}`)];
  }
  return variableFaults(names, `Environment ${name}`);
}

/** Seldom needed, so its code is loaded only then. */
async function findOwner(settings: Settings, scriptName: string): Promise<string | undefined> {
  const { otherOwner } = await import("./other-owner.ts");
  const { endpoints, organization, definition, accountId } = settings;
  const look = { pulumi: endpoints.pulumi, organization, definition: definition.name, accountId };
  return otherOwner(look, scriptName);
}

/** What can change of what the stack pins. Most stacks pin nothing, and load nothing for it. */
async function looseParts(pulumi: PulumiClient, settings: Settings): Promise<readonly LoosePart[]> {
  if (settings.secretsRevision === undefined) return [];
  return (await import("./read-pin.ts")).readPin(pulumi, settings);
}

interface ReadScript extends ScriptState {
  readonly migrationTag: string | undefined;
  readonly upload: ReadUpload;
}

async function readScript(
  cloudflare: CloudflareClient,
  settings: Settings,
  worker: DeclaredWorker,
): Promise<ReadScript | undefined> {
  const { accountId, endpoints } = settings;
  const { scriptName, config } = worker;
  const [script, migrationTag, upload] = await Promise.all([
    cloudflare.script(accountId, scriptName),
    config.migrations.length === 0 ? undefined : cloudflare.migrationTag(accountId, scriptName),
    readUpload({ ...endpoints.cloudflare, accountId }, settings, scriptName),
  ]);
  return script === undefined ? undefined : { ...script, migrationTag, upload };
}

/** The state is in the stack's own organization; its Environments may be in another one. */
function exportState({ endpoints, stackOrganization, project, stack }: Settings): Promise<unknown> {
  const { url, token } = endpoints.pulumi;
  return pulumiClient(url, token, stackOrganization).exportStack(project, stack);
}

/** Parsed once, and only when somebody asks. */
function ownedState(deployment: unknown): () => Promise<OwnedState> {
  let state: OwnedState | undefined;
  return async () => {
    state ??= new OwnedState(deployment);
    return state;
  };
}

/** Scripts that are bound but are no Worker of this stack have to be there: the upload would be refused half-way (10144). */
async function missingScripts(cloudflare: CloudflareClient, settings: Settings): Promise<Fault[]> {
  const wanted = settings.workers.flatMap((worker) =>
    boundScripts(worker.config)
      .filter((name) => workerCalled(settings.workers, name) === undefined)
      .map((name) => ({ worker, name })),
  );
  const faults = await Promise.all(
    wanted.map(async ({ worker, name }): Promise<Fault[]> => {
      if ((await cloudflare.script(settings.accountId, name)) !== undefined) return [];
      return [
        {
          where: worker.config.file,
          what: `it binds the Worker '${name}', which is neither in the account nor a Worker of this stack`,
          fix: `Deploy '${name}' first, or add its folder to ${NAMESPACE}:workers.`,
        },
      ];
    }),
  );
  return faults.flat();
}

/** A route that is there already can't be made again (10020): the one of a Worker that is adopted is imported. */
async function adoptedRoutes(
  cloudflare: CloudflareClient,
  { workers }: Settings,
  scripts: Observed["scripts"],
  zones: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const adopted = workers.filter(({ name }) => scripts.get(name)?.adopted === true);
  const wanted = adopted.flatMap(({ scriptName, config }) =>
    config.routes.flatMap((route) =>
      route.kind === "route" ? [{ scriptName, pattern: route.pattern }] : [],
    ),
  );
  const zoneIds = [
    ...new Set(wanted.map(({ pattern }) => zones.get(pattern)).filter((id) => id !== undefined)),
  ];
  const byZone = await Promise.all(zoneIds.map(async (id) => ({ id, routes: await cloudflare.routes(id) })));
  return new Map(
    byZone.flatMap(({ id, routes }) =>
      routes
        .filter((route) =>
          wanted.some((one) => one.pattern === route.pattern && one.scriptName === route.script),
        )
        .map((route) => [route.pattern, `${id}/${route.id}`] as const),
    ),
  );
}

/** A script's consumer of a queue can't be made twice, and the provider can't import one. */
function adoptedConsumers(
  { workers }: Settings,
  scripts: Observed["scripts"],
  { consumedBy }: QueuePlaces,
): Fault[] {
  const adopted = workers.filter(({ name }) => scripts.get(name)?.adopted === true);
  return adopted.flatMap(({ scriptName }) =>
    (consumedBy.get(scriptName) ?? []).map((queue) => ({
      where: `queue '${queue}'`,
      what: `the Worker '${scriptName}' takes its messages already, and the provider can't take over a consumer`,
      fix: `Remove it just before the first 'pulumi up', which makes it anew; messages wait in the queue: npx wrangler queues consumer remove ${queue} ${scriptName}`,
    })),
  );
}
