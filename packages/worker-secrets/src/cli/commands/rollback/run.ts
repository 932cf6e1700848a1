import { pulumiHistory } from "../../../api/pulumi-history.ts";
import type { Bundle } from "../../../compile/bundle.ts";
import { type Fault, refuseIfAny } from "../../../faults.ts";
import { readAssets } from "../../../program/assets/read.ts";
import { bundleWorkers } from "../../../program/bundle-workers.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { deployedOf, deployedWorker } from "../../../program/deployed.ts";
import { fingerprintsOf, variableTexts } from "../../../program/fingerprints.ts";
import { notRun } from "../../../program/promotion.ts";
import { ownSecrets } from "../../../program/secret-names.ts";
import { checkValues } from "../../../program/values.ts";
import { versionsOf } from "../../../program/versions.ts";
import { upPinned } from "../../engine/deploy-pinned.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { writePin } from "../../project/pins/write-pin.ts";
import { describeReview } from "../../project/review.ts";
import { projectRoot } from "../../project/root.ts";
import { openTarget, reviewTarget, type Target } from "../../project/target.ts";
import { revisionsOf } from "../../project/value-environments.ts";
import { openValues } from "../../project/worker-values.ts";
import { CommandFailed, ExitCode, printJson } from "../../terminal/command.ts";
import { confirm } from "../../terminal/confirm.ts";
import { note, print } from "../../terminal/output.ts";
import { assetFaults, otherVariables } from "./assets.ts";
import { type Deployment, pinFor, rollbackMessage } from "./choose.ts";
import { findTarget } from "./find.ts";
import { recordedCode } from "./recorded.ts";

export interface RollbackOptions {
  readonly to?: string;
  readonly yes?: boolean;
  /** Go back although static assets can't: those of the checkout are deployed with the old code. */
  readonly codeOnly?: boolean;
  readonly json?: boolean;
  readonly root?: string;
  readonly stack?: string;
}

/** `ws rollback`. Gives the exit code. */
export async function runRollback(options: RollbackOptions, signal: AbortSignal): Promise<number> {
  const { json = false } = options;
  const target = await openTarget(
    await openContext({ stack: options.stack, root: projectRoot(options.root) }),
  );
  const { context, declared, file } = target;
  const { pulumi, organization, project, stack, names } = context;
  note(`Reading the history of ${stack} …`);
  const history = pulumiHistory(pulumi, organization, project, stack);
  const revisions = await revisionsOf(target);
  const choice = await findTarget(target, history, revisions, options);
  signal.throwIfAborted();
  if (choice.kind === "done") {
    // Somebody may have moved the pin since, by which the next update would leave the rollback again.
    const { secretsPin } = choice.current.deployed;
    announceStack(context);
    const { written } = await writePin(context, secretsPin === "latest" ? undefined : secretsPin);
    const rest = written ? `its pin is in ${file.shownAs} again: commit it` : "nothing to do";
    const text = `${stack} was rolled back to version ${choice.to} by its last update (${choice.current.update.version}): ${rest}. To go elsewhere: ws rollback --to VERSION`;
    const shown = { ok: true, to: choice.to, file: { path: file.shownAs, written }, deployed: false };
    if (json) printJson(shown);
    else print(text);
    return ExitCode.ok;
  }
  const { version } = choice.target.update;
  const recorded = recordedCode(await history.exportVersion(version));
  const assets = await readAssets(declared.workers);
  const assetsStay = assetFaults(declared.workers, assets, choice.target);
  const code = codeFor(target, choice.target, recorded, options.codeOnly === true ? [] : assetsStay);
  const pin = pinFor(choice.target, revisions);
  const opened = await openValues(context, { organization: declared.organization, secretsRevision: pin });
  const checked = checkValues({ ...context, workers: declared.workers }, opened);
  refuseIfAny(checked.faults);
  const reviews = await reviewTarget(
    target,
    checked.values,
    (worker) => code.get(worker)?.sha256 ?? null,
    assets,
  );
  const variables = variablesThatStay(target, choice.target);

  const shown = {
    from: choice.current.update.version,
    to: version,
    pin: { from: choice.current.deployed.secretsPin, to: pin ?? "latest" },
    workers: reviews,
    ...(options.codeOnly === true ? { codeOnly: true } : {}),
    variablesOfCheckout: variables.names,
  };
  const lines = [
    `Roll ${stack} back from version ${shown.from} to version ${version} (${new Date(choice.target.update.started).toISOString()})`,
    ...reviews.flatMap(describeReview),
    `Values of ${names.secrets}: ${shown.pin.from} -> ${shown.pin.to}`,
    ...assetsStay.map(
      ({ where }) => `${where[0]?.toUpperCase()}${where.slice(1)}: those of this checkout (--code-only)`,
    ),
    ...variables.lines,
  ];
  (json ? note : print)(lines);
  announceStack(context);
  await confirm(`Deploy this to ${stack}?`, options, signal);

  const pinLine = await writePin(context, pin);
  const other = {
    code: new Map([...code].flatMap(([worker, bundle]) => (bundle ? [[worker.scriptName, bundle]] : []))),
    message: rollbackMessage(version, assetsStay.length > 0),
  };
  await upPinned(context, signal, pinLine, other);
  await verify(target, choice.target, options.codeOnly === true);
  const { written } = pinLine;
  const elsewhere = await otherInCheckout(target, choice.target);
  const next = elsewhere
    ? "This checkout has other code: revert its commit, else the next 'pulumi up' deploys it again."
    : undefined;
  if (json)
    printJson({
      ok: true,
      ...shown,
      file: { path: file.shownAs, written },
      deployed: true,
      ...(next === undefined ? {} : { next }),
    });
  else
    print(
      `Rolled back: ${assetsStay.length === 0 && declared.workers.some(({ config }) => config.assets !== undefined) ? "code, static assets" : "code"} and values are those of version ${version} (by hash and fingerprint)${assetsStay.length > 0 ? "; the static assets are this checkout's" : ""}${written ? `; ${file.shownAs} changed by one line: commit it` : ""}${next === undefined ? "" : `\n${next}`}`,
    );
  return ExitCode.ok;
}

/** The code to deploy. The old code has to find what it was deployed with, so the names have to be the same. */
function codeFor(
  { declared, context }: Target,
  { deployed, update }: Deployment,
  recorded: ReadonlyMap<string, Bundle>,
  others: readonly Fault[],
): ReadonlyMap<DeclaredWorker, Bundle | undefined> {
  const faults: Fault[] = [...others];
  const fix = `Check out the commit of that update and run: ws rollback --to ${update.version} --stack ${context.stack}`;
  const code = new Map<DeclaredWorker, Bundle | undefined>();
  for (const worker of declared.workers) {
    const then = deployedWorker(deployed, worker.name, declared.workers.length);
    const where = `Worker '${worker.name}'`;
    if (then === undefined || then.scriptName !== worker.scriptName) {
      faults.push({
        where,
        what: `version ${update.version} had no Worker with the script '${worker.scriptName}'`,
        fix,
      });
      continue;
    }
    const bundle = recorded.get(worker.scriptName);
    if ((bundle?.sha256 ?? null) !== then.contentHash) {
      faults.push({
        where,
        what: `the state of version ${update.version} does not hold the code that its outputs name`,
        fix: "Check out the commit of that update and run 'pulumi up'.",
      });
    }
    const known = ownSecrets(worker);
    const gone = Object.keys(then.secrets).filter((name) => !known.includes(name));
    if (gone.length > 0)
      faults.push({
        where,
        what: `version ${update.version} ran with ${gone.join(", ")}, which this checkout does not declare`,
        fix,
      });
    code.set(worker, bundle && { ...bundle, compiledBy: then.compiledBy ?? undefined });
  }
  refuseIfAny(faults);
  return code;
}

/** Plain variables stay the checkout's; those that the version ran with another value of are named. */
function variablesThatStay({ declared, context, key }: Target, { deployed, update }: Deployment) {
  const names = declared.workers.flatMap((worker) => {
    if (key === undefined) return [];
    const then = deployedWorker(deployed, worker.name, declared.workers.length)?.vars;
    const now = fingerprintsOf(key, context.stack, variableTexts(worker.config.vars));
    return (otherVariables(then, now) ?? []).map((name) =>
      declared.workers.length === 1 ? name : `${worker.name}.${name}`,
    );
  });
  const lines =
    names.length === 0
      ? []
      : [`Variables stay this checkout's; version ${update.version} ran with others: ${names.join(", ")}`];
  return { names, lines };
}

async function verify({ context, declared }: Target, wanted: Deployment, codeOnly: boolean): Promise<void> {
  const after = deployedOf(await context.client.exportStack(context.project, context.stack));
  const wrong = declared.workers.filter((worker) => {
    const [is, was] = [after, wanted.deployed].map((one) =>
      deployedWorker(one, worker.name, declared.workers.length),
    );
    return (
      is?.contentHash !== was?.contentHash ||
      (!codeOnly && (is?.assetsHash ?? null) !== (was?.assetsHash ?? null)) ||
      // What the program passes is its own resources' and does not go back with a revision.
      Object.entries(was?.secrets ?? {}).some(
        ([name, print]) => !worker.programSecrets.includes(name) && is?.secrets[name] !== print,
      )
    );
  });
  if (wrong.length === 0) return;
  throw new CommandFailed(
    `The up ended, but ${wrong.map(({ name }) => name).join(", ")} of ${context.stack} has other code, assets or values than in version ${wanted.update.version}. A value that was changed in an Environment which ${context.names.secrets} imports can't be brought back by a revision: pulumi preview --stack ${context.stack} names it.`,
  );
}

async function otherInCheckout(
  { declared: { workers } }: Target,
  { deployed }: Deployment,
): Promise<boolean> {
  try {
    const bundles = await bundleWorkers(workers);
    // After a build command, which may make them.
    const versions = versionsOf(workers, bundles, await readAssets(workers));
    return notRun(workers, versions, deployed).length > 0;
  } catch {
    // Code that can't be compiled may be why somebody rolls back.
    return true;
  }
}
