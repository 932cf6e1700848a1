import * as v from "valibot";
import { type DeployedWorker, readDeployed } from "../../service/cloudflare-deployed.ts";
import { scriptNames } from "../../service/cloudflare-token.ts";
import type { DeclaredWorker } from "../../stack/declared-worker.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../stack/faults.ts";
import { planMigrations } from "../../stack/migrations.ts";
import { CommandFailed } from "../command.ts";
import { type Context, openContext } from "../context.ts";
import { applyFilling, describeDone } from "../init/apply.ts";
import { type Declared, readDeclared } from "../init/declared.ts";
import { namesOf, planFilling } from "../init/fill.ts";
import type { CommonOptions } from "../init/options.ts";
import { otherClient, readSources } from "../init/sources.ts";
import { takeOverNames } from "../init/stale.ts";
import { canAsk } from "../prompts.ts";
import { projectRoot } from "../root.ts";
import { openRunner } from "../runner.ts";
import { openStackFile, type StackFile } from "../stack-file.ts";
import { chooseAccount } from "./account.ts";
import { compare, type Difference, losses, strangers } from "./compare.ts";
import { describeDeployed, describeDifferences } from "./report.ts";
import { linesToAdd } from "./suggest.ts";
import { findTarget, type Target } from "./target.ts";

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
  const progress = (line: string) => void process.stderr.write(`${line} …\n`);
  const say = (lines: readonly string[]) => void (json || process.stdout.write(`${lines.join("\n")}\n`));
  const context = await openContext({ stack: options.stack, root: projectRoot(options.root) });
  signal.throwIfAborted();
  const file = openStackFile(context.stackFile);
  const organization = file.config(context.project, "organization") ?? context.organization;
  const notes = await takeOverNames(file, context, otherClient(context, organization));
  const state = v.safeParse(
    stateWithResources,
    await context.client.exportStack(context.project, context.stack),
  );
  const target = await findTarget(file, context, script, options, state.success);

  const faults: Fault[] = [];
  const given = await readSources(
    options,
    context,
    namesOf([{ config: target.config, optionalSecrets: [] }]),
    faults,
  );
  refuseIfAny(faults);
  const terminal = canAsk(json) ? { signal } : undefined;
  progress("Checking the token against the account");
  const chosen = await chooseAccount(
    context,
    otherClient(context, organization),
    given,
    options.replace ?? [],
    terminal,
  );
  signal.throwIfAborted();
  progress(`Reading the Worker '${script}'`);
  const { accountId, token } = chosen;
  const deployed = await readDeployed(context.cloudflareUrl, token, accountId, script);
  if (deployed === undefined) throw await noSuchWorker(context, script, accountId, token);
  signal.throwIfAborted();

  file.changeWorker(context.project, target.index, entryChange(script, deployed, target, { drop, external }));
  const declared = await readDeclared(context, file);
  const worker = declared.workers.find(({ scriptName }) => scriptName === script);
  if (worker === undefined) throw new Error(`the entry of '${script}' is not in what was declared`);
  const differences = compare(deployed, worker, declared.prod, scriptOf(declared));
  const lost = losses(differences, { drop, external });
  say([...describeDeployed(script, deployed), "", ...describeDifferences(differences)]);
  const stops = [...refusals(script, file, deployed, worker, differences, lost, { drop, external })];
  if (stops.length > 0) {
    const lines = linesToAdd(deployed, lost);
    const fields = {
      script,
      worker: worker.name,
      has: shown(deployed),
      differences,
      losses: lost,
      linesToAdd: lines,
    };
    const error = new FaultsError(stops);
    if (json)
      process.stdout.write(
        `${JSON.stringify({ ok: false, message: error.message, faults: stops, ...fields })}\n`,
      );
    else process.stderr.write(`\n${error.message}\n${addLines(worker, lines)}`);
    return 1;
  }

  const report = { ok: true, dryRun, script, worker: worker.name, has: shown(deployed), differences };
  if (dryRun) {
    if (json) process.stdout.write(`${JSON.stringify({ ...report, notes })}\n`);
    else say(["", `Nothing was written. Next: the same command without --dry-run`]);
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
  const done = await applyFilling(context, file, declared, filling, options.replace ?? [], signal, progress);
  say(["", ...describeDone(done, false)]);
  notes.push(...filling.notes);
  const changes =
    options.preview === false ? undefined : await preview(context, file, json, progress, signal);
  const next = `npm exec -c 'pulumi up --stack ${context.stack}'`;
  if (json)
    process.stdout.write(`${JSON.stringify({ ...report, ...done, preview: changes, notes, next })}\n`);
  else say([...notes.map((note) => `Note: ${note}`), `Nothing was deployed. Next: ${next}`]);
  return 0;
}

/** The entry of `workers`. Names that are no bindings (crons, domains) are decided here and need no entry. */
function entryChange(
  script: string,
  deployed: DeployedWorker,
  { config }: Target,
  { drop, external }: { readonly drop: readonly string[]; readonly external: readonly string[] },
) {
  const bound = new Map(deployed.bindings.map((one) => [one.name, one as Record<string, unknown>]));
  // wrangler makes a resource itself where the file has no id; the one that it made goes on being used.
  const resources = config.bindings.flatMap((binding) => {
    const has = bound.get(binding.name);
    if (has === undefined || has.type !== binding.type) return [];
    const id =
      (binding.type === "kv_namespace" && binding.id === undefined && has.namespace_id) ||
      (binding.type === "d1" && binding.databaseId === undefined && (has.database_id ?? has.id)) ||
      (binding.type === "r2_bucket" && binding.bucketName === undefined && has.bucket_name) ||
      (binding.type === "queue" && binding.queueName === undefined && has.queue_name);
    return typeof id === "string" ? [[binding.name, { id }] as const] : [];
  });
  return {
    scriptName: script,
    adopt: true,
    externalSecrets: external,
    dropBindings: drop.filter((name) => bound.has(name)),
    resources: Object.fromEntries(resources),
  } as const;
}

function scriptOf({ workers }: Declared): (name: string) => string {
  return (name) => workers.find(({ config }) => config.name === name)?.scriptName ?? name;
}

function* refusals(
  script: string,
  file: StackFile,
  deployed: DeployedWorker,
  { config }: DeclaredWorker,
  differences: readonly Difference[],
  lost: readonly Difference[],
  named: { readonly drop: readonly string[]; readonly external: readonly string[] },
): Iterable<Fault> {
  for (const flag of strangers(deployed, differences, named))
    yield {
      where: flag,
      what: `the Worker '${script}' has nothing of that name to decide about`,
      fix: "Take it out of the command.",
    };
  for (const { what, name, change, detail } of lost) {
    const keep = what === "secret" ? `--external ${quoted(name)} to keep it as somebody else's, or ` : "";
    yield {
      where: `${what} '${name}' of the Worker '${script}'`,
      what: `${change === "unmanaged" ? `${config.file} does not have it: it would stay on Cloudflare, managed by nobody` : `the first 'up' would take it away${detail === "" ? "" : ` (${detail})`}`}`,
      fix: `Declare it in ${config.file}, or decide by name: ${keep}--drop ${quoted(name)}`,
    };
  }
  if (planMigrations(config.migrations, deployed.migrationTag) === "unknown-tag") {
    yield {
      where: config.whereIs(["migrations"]),
      what: `the Worker is at the Durable Object migration '${deployed.migrationTag}', which the file does not list`,
      fix: `Take the missing migrations over from where it was deployed last (${file.shownAs} can't say it).`,
    };
  }
}

/** For a shell: crons hold spaces and stars. */
function quoted(name: string): string {
  return /^[\w./:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function addLines({ config }: DeclaredWorker, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `\nTo keep all of it, add to ${config.file}:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}

/** For `--json`: everything but the values of variables. */
function shown({ bindings, ...rest }: DeployedWorker) {
  return { bindings: bindings.map(({ name, type }) => ({ name, type })), ...rest };
}

async function noSuchWorker(
  { cloudflareUrl }: Context,
  script: string,
  accountId: string,
  token: string,
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
  file: StackFile,
  json: boolean,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  progress("Previewing the first 'up'");
  const runner = await openRunner(context, progress, signal);
  try {
    const { changes, text } = await runner.preview();
    if (!json) process.stdout.write(`\n${text.trim()}\n`);
    return changes;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(
      `The preview stopped:\n${error.message}\n\nWhat was decided is in ${file.shownAs}, nothing was deployed; mend this and run: npm exec -c 'pulumi preview --stack ${context.stack}'`,
    );
  } finally {
    await runner.close();
  }
}
