import * as v from "valibot";
import { type DeployedWorker, readDeployed } from "../../../api/cloudflare-deployed.ts";
import { scriptNames } from "../../../api/cloudflare-token.ts";
import type { Credential } from "../../../api/credential.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { assetFaults, listed } from "../../../program/assets/read.ts";
import { blockNotes, refusedInProduction } from "../../../program/blocks.ts";
import { workerCalled } from "../../../program/called.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import { otherOwner } from "../../../program/other-owner.ts";
import { openRunner } from "../../engine/runner.ts";
import { lookFor } from "../../project/access.ts";
import { announceStack } from "../../project/announce.ts";
import { type Context, openContext } from "../../project/context.ts";
import { type Declared, readDeclared } from "../../project/declared.ts";
import { projectRoot } from "../../project/root.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { takeOverNames } from "../../project/stale-names.ts";
import { applyFilling, describeDone } from "../../project/values/apply.ts";
import { planFilling } from "../../project/values/fill.ts";
import { knownNames } from "../../project/values/known-names.ts";
import type { CommonOptions } from "../../project/values/options.ts";
import { readSources } from "../../project/values/sources.ts";
import { CommandFailed, DetailedRefusal, printJson } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { canAsk } from "../../terminal/prompts.ts";
import { chooseAccount } from "./account.ts";
import { describeBlock } from "./block.ts";
import { compare, losses } from "./compare.ts";
import { consumersToRemove } from "./consumers.ts";
import { entryChange } from "./entry.ts";
import { addLines, ownedByStack, refusals } from "./refusals.ts";
import { describeDeployed, describeDifferences } from "./report.ts";
import { linesToAdd } from "./suggest.ts";
import { findTarget } from "./target.ts";

const stateWithResources = v.object({ resources: v.pipe(v.array(v.unknown()), v.minLength(1)) });

export interface AdoptOptions extends CommonOptions {
  readonly worker?: string;
  readonly directory?: string;
  readonly external?: readonly string[];
  readonly drop?: readonly string[];
  /** `false` with `--no-preview`. */
  readonly preview?: boolean;
}

/** `ws adopt`: nothing is deployed. Gives the exit code. */
export async function runAdopt(script: string, options: AdoptOptions, signal: AbortSignal): Promise<number> {
  const { json = false, dryRun = false, drop = [], external = [] } = options;
  const progress = (line: string) => note(`${line} …`);
  const say = (lines: readonly string[]) => json || print(lines);
  const context = await openContext({ stack: options.stack, root: projectRoot(options.root) });
  signal.throwIfAborted();
  const file = openStackFile(context.stackFile);
  const organization = file.config(NAMESPACE, "organization") ?? context.organization;
  const notes = await takeOverNames(file, context, context.client.forOrganization(organization));
  const state = v.safeParse(
    stateWithResources,
    await context.client.exportStack(context.project, context.stack),
  );
  const target = await findTarget(file, context, script, options, state.success);
  notes.push(...describeBlock(script, target));

  const faults: Fault[] = [];
  const given = await readSources(
    options,
    context,
    knownNames([{ config: target.config, optionalSecrets: [], programSecrets: [] }], target.workers),
    faults,
  );
  refuseIfAny(faults);
  const terminal = canAsk(json) ? { signal } : undefined;
  progress("Checking the token against the account");
  const chosen = await chooseAccount(
    context,
    context.client.forOrganization(organization),
    given,
    options.replace ?? [],
    terminal,
  );
  signal.throwIfAborted();
  progress(`Reading the Worker '${script}'`);
  const { accountId, token } = chosen;
  const deployed = await readDeployed(context.cloudflareUrl, token, accountId, script);
  if (deployed === undefined) throw await noSuchWorker(context, script, accountId, token);
  const owner = await otherOwner(lookFor(context, { organization }, accountId), script);
  if (owner !== undefined) throw ownedByStack(script, owner, target.config);
  signal.throwIfAborted();

  file.changeWorker(NAMESPACE, target.index, entryChange(script, deployed, target, { drop, external }));
  const declared = await readDeclared(context, file, { adopting: target.index });
  const worker = declared.workers.find(({ scriptName }) => scriptName === script);
  if (worker === undefined) throw new Error(`the entry of '${script}' is not in what was declared`);
  const differences = compare(deployed, worker, declared.prod, scriptOf(declared));
  const lost = losses(differences, { drop, external });
  const toRemove = consumersToRemove(script, differences);
  say([...describeDeployed(script, deployed), "", ...describeDifferences(differences, toRemove)]);
  const assets = await listed(worker);
  const stops = [
    ...refusedInProduction([worker], declared.prod),
    ...(assets === undefined ? [] : assetFaults(worker, assets)),
    ...refusals(script, file, deployed, worker, differences, lost, { drop, external }),
  ];
  if (!declared.prod) notes.push(...blockNotes([worker]));
  if (stops.length > 0) {
    const lines = linesToAdd(deployed, lost, worker.config.file);
    const fields = {
      script,
      worker: worker.name,
      has: shown(deployed),
      differences,
      losses: lost,
      linesToAdd: lines,
      notes,
    };
    say(notes.map((note) => `Note: ${note}`));
    throw new DetailedRefusal(stops, fields, addLines(worker, lines));
  }

  const report = {
    ok: true,
    dryRun,
    script,
    worker: worker.name,
    has: shown(deployed),
    differences,
    beforeUp: toRemove,
  };
  if (dryRun) {
    if (json) printJson({ ...report, notes });
    else
      say([
        "",
        ...notes.map((note) => `Note: ${note}`),
        `Nothing was written. Next: the same command without --dry-run`,
      ]);
    return 0;
  }
  const filling = await planFilling({
    context,
    file,
    declared,
    options,
    terminal,
    signal,
    progress,
    given: chosen.given,
  });
  announceStack(context);
  const done = await applyFilling(context, file, declared, filling, options.replace ?? [], signal, progress);
  say(["", ...describeDone(done, false)]);
  notes.push(...filling.notes);
  // The engine's preview would stop at a consumer that is still there; what it would say has been said.
  const previews = options.preview !== false && toRemove.length === 0;
  if (options.preview !== false && !previews)
    notes.push("No preview yet: it needs the queue's consumer to be removed, as said above.");
  const changes = previews ? await preview(context, json, progress, signal) : undefined;
  const next = [...toRemove, `npm exec -c 'pulumi up --stack ${context.stack}'`].join(" && ");
  if (json) printJson({ ...report, ...done, preview: changes, notes, next });
  else say([...notes.map((note) => `Note: ${note}`), `Nothing was deployed. Next: ${next}`]);
  return 0;
}

function scriptOf({ workers }: Declared): (name: string) => string {
  return (name) => workerCalled(workers, name)?.scriptName ?? name;
}

/** For `--json`: everything but the values of variables. */
function shown({ bindings, ...rest }: DeployedWorker) {
  return { bindings: bindings.map(({ name, type }) => ({ name, type })), ...rest };
}

async function noSuchWorker(
  { cloudflareUrl }: Context,
  script: string,
  accountId: string,
  token: Credential,
): Promise<FaultsError> {
  const names = await scriptNames(cloudflareUrl, accountId, token);
  return new FaultsError([
    {
      where: `Cloudflare account ${accountId}`,
      what: `it has no Worker '${script}'; it has ${names.length === 0 ? "none" : names.join(", ")}`,
      fix: "Name one of them, or let 'pulumi up' make a new one: nothing has to be adopted then.",
    },
  ]);
}

/** A real preview by the engine. What stops it is the engine's to say; everything is written by then and stays. */
async function preview(
  context: Context,
  json: boolean,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  progress("Previewing the first 'up'");
  const runner = await openRunner(context, progress, signal);
  try {
    const { changes, text } = await runner.preview();
    if (!json) print(`\n${text.trim()}`);
    return changes;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(`The preview stopped:\n${error.message}`, {
      faults: error.faults,
      next: `Fix this and run: npm exec -c 'pulumi preview --stack ${context.stack}'`,
    });
  } finally {
    await runner.close();
  }
}
