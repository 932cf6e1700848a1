import { pulumiHistory } from "../../../api/pulumi-history.ts";
import type { Bundle } from "../../../compile/bundle.ts";
import { type BundleWorkers, bundleWorkers } from "../../../compile/bundle-workers.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { deployedOf, deployedWorker } from "../../../program/deployed.ts";
import { type Fault, refuseIfAny } from "../../../program/faults.ts";
import { notRun } from "../../../program/promotion.ts";
import { checkValues } from "../../../program/values.ts";
import { projectProgram } from "../../engine/project-program.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { projectRoot } from "../../project/root.ts";
import { CommandFailed, ExitCode } from "../../terminal/command.ts";
import { openValues } from "../dev/values.ts";
import { confirmed } from "../promote/confirm.ts";
import { progressLine } from "../promote/deploy.ts";
import { upPinned } from "../promote/deploy-pinned.ts";
import { describeReview } from "../promote/review.ts";
import { openTarget, reviewTarget, type Target } from "../promote/target.ts";
import { revisionsOf } from "../promote/value-environments.ts";
import { writePin } from "../promote/write-pin.ts";
import { type Deployment, pinFor, rollbackMessage } from "./choose.ts";
import { findTarget } from "./find.ts";
import { recordedCode } from "./recorded.ts";

export interface RollbackOptions {
  readonly to?: string;
  readonly yes?: boolean;
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
  progressLine(`Reading the history of ${stack} …`);
  const history = pulumiHistory(pulumi, organization, project, stack);
  const revisions = await revisionsOf(target);
  const choice = await findTarget(target, history, revisions, options.to);
  signal.throwIfAborted();
  if (choice.kind === "done") {
    // Somebody may have moved the pin since, by which the next update would leave the rollback again.
    const { secretsPin } = choice.current.deployed;
    announceStack(context);
    const { written } = await writePin(context, secretsPin === "latest" ? undefined : secretsPin);
    const rest = written ? `its pin is in ${file.shownAs} again: commit it` : "nothing to do";
    const text = `${stack} was rolled back to version ${choice.to} by its last update (${choice.current.update.version}): ${rest}. To go elsewhere: ws rollback --to VERSION`;
    const shown = { ok: true, to: choice.to, file: { path: file.shownAs, written }, deployed: false };
    process.stdout.write(json ? `${JSON.stringify(shown)}\n` : `${text}\n`);
    return ExitCode.ok;
  }
  const { version } = choice.target.update;
  const recorded = recordedCode(await history.exportVersion(version));
  const code = codeFor(target, choice.target, recorded);
  const pin = pinFor(choice.target, revisions);
  const opened = await openValues(context, { organization: declared.organization, secretsRevision: pin });
  const checked = checkValues({ ...context, workers: declared.workers }, opened);
  refuseIfAny(checked.faults);
  const reviews = await reviewTarget(target, checked.values, (worker) => code.get(worker)?.sha256 ?? null);

  const shown = {
    from: choice.current.update.version,
    to: version,
    pin: { from: choice.current.deployed.secretsPin, to: pin ?? "latest" },
    workers: reviews,
  };
  const lines = [
    `Roll ${stack} back from version ${shown.from} to version ${version} (${new Date(choice.target.update.started).toISOString()})`,
    ...reviews.flatMap(describeReview),
    `Values of ${names.secrets}: ${shown.pin.from} -> ${shown.pin.to}`,
  ];
  (json ? progressLine : (text: string) => process.stdout.write(`${text}\n`))(lines.join("\n"));
  announceStack(context);
  if (!(await confirmed(`Deploy this to ${stack}?`, options, signal))) {
    if (!json) process.stdout.write("Nothing was changed.\n");
    return ExitCode.failed;
  }

  const pinLine = await writePin(context, pin);
  const give: BundleWorkers = async (workers) =>
    new Map(workers.map((worker) => [worker, recorded.get(worker.scriptName)]));
  const other = { program: projectProgram(context.root, give), message: rollbackMessage(version) };
  await upPinned(context, signal, { pin: pinLine }, other);
  await verify(target, choice.target);
  const { written } = pinLine;
  const elsewhere = await otherInCheckout(declared.workers, choice.target);
  const next = elsewhere
    ? "This checkout has other code: revert its commit, else the next 'pulumi up' deploys it again."
    : undefined;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ok: true, ...shown, file: { path: file.shownAs, written }, deployed: true, ...(next === undefined ? {} : { next }) })}\n`,
    );
  else
    process.stdout.write(
      `Rolled back: code and values are those of version ${version} (by hash and fingerprint)${written ? `; ${file.shownAs} changed by one line: commit it` : ""}\n${next === undefined ? "" : `${next}\n`}`,
    );
  return ExitCode.ok;
}

/** The code to deploy. The old code has to find what it was deployed with, so the names have to be the same. */
function codeFor(
  { declared, context }: Target,
  { deployed, update }: Deployment,
  recorded: ReadonlyMap<string, Bundle>,
): ReadonlyMap<DeclaredWorker, Bundle | undefined> {
  const faults: Fault[] = [];
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
    const known = [...worker.config.requiredSecrets, ...worker.optionalSecrets];
    const gone = Object.keys(then.secrets).filter((name) => !known.includes(name));
    if (gone.length > 0)
      faults.push({
        where,
        what: `version ${update.version} ran with ${gone.join(", ")}, which this checkout does not declare`,
        fix,
      });
    code.set(worker, bundle);
  }
  refuseIfAny(faults);
  return code;
}

async function verify({ context, declared }: Target, wanted: Deployment): Promise<void> {
  const after = deployedOf(await context.client.exportStack(context.project, context.stack));
  const wrong = declared.workers.filter((worker) => {
    const [is, was] = [after, wanted.deployed].map((one) =>
      deployedWorker(one, worker.name, declared.workers.length),
    );
    return (
      is?.contentHash !== was?.contentHash ||
      Object.entries(was?.secrets ?? {}).some(([name, print]) => is?.secrets[name] !== print)
    );
  });
  if (wrong.length === 0) return;
  throw new CommandFailed(
    `The up ended, but ${wrong.map(({ name }) => name).join(", ")} of ${context.stack} has other code or other values than in version ${wanted.update.version}. A value that was changed in an Environment which ${context.names.secrets} imports can't be brought back by a revision: pulumi preview --stack ${context.stack} names it.`,
  );
}

async function otherInCheckout(
  workers: readonly DeclaredWorker[],
  { deployed }: Deployment,
): Promise<boolean> {
  return bundleWorkers(workers).then(
    (bundles) => notRun(workers, bundles, deployed).length > 0,
    // Code that can't be bundled may be why somebody rolls back.
    () => true,
  );
}
