import { type Fault, refuseIfAny } from "../../../faults.ts";
import { readAssets } from "../../../program/assets/read.ts";
import { bundleWorkers } from "../../../program/bundle-workers.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { type Deployed, deployedOf, deployedWorker } from "../../../program/deployed.ts";
import { describeParts, pinAdvice } from "../../../program/pins.ts";
import { differenceTo, notRun } from "../../../program/promotion.ts";
import { looseParts } from "../../../program/read-pin.ts";
import { ownSecrets } from "../../../program/secret-names.ts";
import { checkValues } from "../../../program/values.ts";
import { describeCompilers, type Versions, versionsOf } from "../../../program/versions.ts";
import { upPinned } from "../../engine/deploy-pinned.ts";
import { announceStack } from "../../project/announce.ts";
import { type Context, openContext } from "../../project/context.ts";
import { resolvePin } from "../../project/pins/resolve-pin.ts";
import { writePin } from "../../project/pins/write-pin.ts";
import { describeReview, differs } from "../../project/review.ts";
import { projectRoot } from "../../project/root.ts";
import { openTarget, reviewTarget, type Target } from "../../project/target.ts";
import { revisionsOf } from "../../project/value-environments.ts";
import { openValues } from "../../project/worker-values.ts";
import { CommandFailed, ExitCode, printJson } from "../../terminal/command.ts";
import { confirm } from "../../terminal/confirm.ts";
import { note, print } from "../../terminal/output.ts";
import { variableFaults } from "./source-variables.ts";

export interface PromoteOptions {
  readonly pin?: string;
  readonly yes?: boolean;
  /** `false` with `--no-up`. */
  readonly up?: boolean;
  readonly json?: boolean;
  readonly root?: string;
}

/** `ws promote FROM TO`. Gives the exit code. */
export async function runPromote(
  fromName: string,
  toName: string,
  options: PromoteOptions,
  signal: AbortSignal,
): Promise<number> {
  const { json = false, up = true, pin: wanted = "latest-number" } = options;
  const root = projectRoot(options.root);
  const from = await openContext({ stack: fromName, root });
  const target = await openTarget(await openContext({ stack: toName, root }));
  const { context, declared, file, deployed } = target;
  signal.throwIfAborted();

  note(`Comparing ${from.stack} with ${context.stack} …`);
  const exported = await from.client.exportStack(from.project, from.stack);
  const source = deployedOf(exported);
  const bundles = await bundleWorkers(declared.workers);
  const assets = await readAssets(declared.workers);
  const versions = versionsOf(declared.workers, bundles, assets);
  const revisions = await revisionsOf(target);
  const faults: Fault[] = [
    ...sourceFaults(from, context, file.config(NAMESPACE, "promoteFrom")),
    ...codeFaults(from, declared.workers, versions, source),
    ...nameFaults(from, declared.workers, source),
    ...(await variableFaults(from, exported, source)),
  ];
  const pin = resolvePin(wanted, revisions, context.names.secrets, faults);
  refuseIfAny(faults);
  const opened = await openValues(context, { organization: declared.organization, secretsRevision: pin });
  const checked = checkValues({ ...context, workers: declared.workers }, opened);
  refuseIfAny(checked.faults);
  const client = context.client.forOrganization(declared.organization);

  const reviews = await reviewTarget(
    target,
    checked.values,
    (worker) => versions.get(worker)?.contentHash ?? null,
    assets,
  );
  const loose = await looseParts(client, `${context.names.secrets}@${pin}`);
  const pinned = { from: deployed?.secretsPin ?? null, to: pin };
  const shown = { from: from.stack, to: context.stack, pin: pinned, workers: reviews, loose };
  const lines = [
    `Promote ${from.stack} to ${context.stack}: the same code and names; each stack keeps its own values`,
    ...reviews.flatMap(describeReview),
    `Values of ${context.names.secrets}: ${pinned.from ?? "none"} -> ${pin}`,
    ...(loose.length === 0
      ? []
      : [`  can change without a change of the pin: ${describeParts(loose)}. ${pinAdvice(context)}`]),
  ];
  (json ? note : print)(lines);

  const due = pinned.from !== pin || reviews.some(differs);
  announceStack(context);
  if (up && due) await confirm(`Deploy this to ${context.stack}?`, options, signal);
  const pinLine = await writePin(context, pin);
  if (up && due) {
    await upPinned(context, signal, pinLine, { message: `ws promote from ${from.stack}` });
    await verify(target, versions, pin);
  }
  const { written } = pinLine;
  const done = { ok: true, ...shown, file: { path: file.shownAs, written }, deployed: up && due };
  const next =
    file.config(NAMESPACE, "promoteFrom") === undefined
      ? `To refuse code that ${from.stack} has not run: pulumi config set ${NAMESPACE}:promoteFrom ${from.stack} --stack ${context.stack}`
      : undefined;
  if (json) printJson({ ...done, ...(next === undefined ? {} : { next }) });
  else {
    const what = up
      ? due
        ? "deployed, verified by its outputs"
        : "it runs this already"
      : "not deployed (--no-up)";
    print(`${file.shownAs}: ${written ? `pinned to ${pin}` : "pinned already"}; ${what}`);
    if (next !== undefined) print(next);
  }
  return ExitCode.ok;
}

function sourceFaults(from: Context, to: Context, promoteFrom: string | undefined): Fault[] {
  const where = `Pulumi.${to.stack}.yaml, ${NAMESPACE}:promoteFrom`;
  if (from.stack === to.stack && from.organization === to.organization)
    return [
      { where: "FROM and TO", what: "they are the same stack", fix: "Name two: ws promote dev staging" },
    ];
  if (promoteFrom === undefined || promoteFrom.split("/").at(-1) === from.stack) return [];
  return [
    {
      where,
      what: `it takes code from '${promoteFrom}', not from '${from.stack}'`,
      fix: `Promote to ${promoteFrom} first, or change the key.`,
    },
  ];
}

function codeFaults(
  from: Context,
  workers: readonly DeclaredWorker[],
  versions: Versions,
  source: Deployed | undefined,
): Fault[] {
  if (source === undefined)
    return [
      {
        where: `stack ${from.organization}/${from.project}/${from.stack}`,
        what: "it is not there, or has never come up",
        fix: `Deploy it first: pulumi up --stack ${from.stack}`,
      },
    ];
  return workers.flatMap((worker): Fault[] => {
    const difference = differenceTo(worker, versions, source, workers.length);
    if (difference === undefined) return [];
    const where = `Worker '${worker.name}'`;
    const runs = deployedWorker(source, worker.name, workers.length);
    const version = versions.get(worker);
    const short = (hash: string | null | undefined) => (hash ? `${hash.slice(0, 12)}…` : "none");
    const what = {
      code: `this checkout's code (content hash ${short(version?.contentHash)}) is not what ${from.stack} runs (${runs?.contentHash ? short(runs.contentHash) : "nothing…"})`,
      compiler: `this checkout's code (content hash ${short(version?.contentHash)}) is not what ${from.stack} runs (${short(runs?.contentHash)}): ${describeCompilers(runs?.compiledBy, version?.compiledBy ?? null)}`,
      assets: `this checkout's static assets (${short(version?.assetsHash)}) are not what ${from.stack} serves (${short(runs?.assetsHash)})`,
      unrecorded: `${from.stack} was deployed by an older version, which did not note static assets: whether this checkout's are the same can't be told`,
    }[difference];
    const fix =
      difference === "unrecorded"
        ? `Have them recorded: pulumi up --stack ${from.stack}`
        : difference === "compiler"
          ? `Deploy it there again, by the same versions: npm ci, then pulumi up --stack ${from.stack}`
          : `Check out the commit that ${from.stack} runs, or deploy this one there first: pulumi up --stack ${from.stack}`;
    return [{ where, what, fix }];
  });
}

/** The names that the source runs with are the declared ones, else it has tried something else. */
function nameFaults(
  from: Context,
  workers: readonly DeclaredWorker[],
  source: Deployed | undefined,
): Fault[] {
  if (source === undefined) return [];
  return workers.flatMap((worker): Fault[] => {
    const bound = deployedWorker(source, worker.name, workers.length);
    if (bound === undefined) return [];
    const names = Object.keys(bound.secrets);
    const { requiredSecrets, whereIs } = worker.config;
    const known = ownSecrets(worker);
    const needed = [...new Set([...requiredSecrets, ...worker.programSecrets])];
    const fix = `Deploy this checkout there first: pulumi up --stack ${from.stack}`;
    const where = whereIs(["secrets", "required"]);
    return [
      ...needed
        .filter((name) => !names.includes(name))
        .map((name) => ({
          where,
          what: `'${name}' is declared, and ${from.stack} has not run with it`,
          fix,
        })),
      ...names
        .filter((name) => !known.includes(name))
        .map((name) => ({
          where,
          what: `${from.stack} runs with '${name}', which is not declared any more`,
          fix,
        })),
    ];
  });
}

async function verify({ context, declared }: Target, versions: Versions, pin: string): Promise<void> {
  const after = deployedOf(await context.client.exportStack(context.project, context.stack));
  const other = notRun(declared.workers, versions, after);
  if (after?.secretsPin === pin && other.length === 0) return;
  throw new CommandFailed(
    `The up ended, but the outputs of ${context.stack} are not those of this promotion (pin ${after?.secretsPin ?? "none"}${other.length > 0 ? `, other code or assets of ${other.map(({ name }) => name).join(", ")}` : ""}). Somebody else may have deployed meanwhile: pulumi stack history --stack ${context.stack}`,
  );
}
