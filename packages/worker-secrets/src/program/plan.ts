import * as pulumi from "@pulumi/pulumi";
import { warnAsWrangler, warnOfOtherBlocks } from "../compile/wrangler/other-blocks.ts";
import { nameSome } from "../faults.ts";
import { unsupportedRuntime } from "../unsupported-runtime.mjs";
import { guardAssetContents } from "./assets/contents.ts";
import { readAssets } from "./assets/read.ts";
import { warnOfBlocks } from "./blocks.ts";
import { readCode } from "./code.ts";
import { warnOfOtherKeys } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { observe } from "./observe.ts";
import { Plan } from "./planned.ts";
import { watchPlan } from "./program-end.ts";
import { guardPromotion } from "./promotion.ts";
import { reportLosses } from "./protection/check.ts";
import { asRunError } from "./run-error.ts";
import { reportEdited } from "./secrets-elsewhere.ts";
import { readSettings } from "./settings.ts";
import { readStackConfig } from "./stack-config.ts";
import { resolveValues } from "./values.ts";
import { versionsOf } from "./versions.ts";

/**
 * Reads and checks everything that the stack is built from: the stack's config (`worker-secrets:*`), the Workers' wrangler files and
 * code, what is deployed, and the values in ESC. It does all network reads of the program and writes nothing. `StackEnvironment` and
 * `SecretWorker` take the result, so nothing can be declared that was not checked. Call it once per program.
 *
 * Awaiting it is optional: a CommonJS program, which has no top-level `await`, passes the promise on.
 *
 * @returns the plan, with the names of the Workers to declare
 * @throws `pulumi.RunError`: as a rejection, one message that lists every problem; directly, where the program has called it before
 */
export function plan(): Promise<Plan> {
  const unsupported = unsupportedRuntime();
  if (unsupported !== undefined) throw new pulumi.RunError(unsupported);
  // The program's own end must not come while this reads: nothing is registered by then, and what is not is deleted.
  const done = pulumi.runtime.rpcKeepAlive();
  const planned = asRunError(read).finally(done);
  watchPlan(planned);
  return planned;
}

/** Compiling that takes longer than this is announced, in milliseconds. */
const SLOW_MS = 1000;

function announceCompiling(workers: readonly DeclaredWorker[]): void {
  const names = nameSome(
    workers.map(({ name }) => name),
    3,
  );
  void pulumi.log.info(`wrangler compiles ${names} …`, undefined, undefined, true);
}

async function read(): Promise<Plan> {
  // What the stack's config and the Workers' own files say.
  const config = readStackConfig();
  await warnOfOtherKeys(config);
  // The SDK reads the variable once, when it is loaded: with mocks that may be before the variable is set.
  const root = config.env.PULUMI_NODEJS_ROOT_DIRECTORY || pulumi.runtime.getRootDirectory();
  const settings = await readSettings(config, root);
  await warnAsWrangler(settings.workers);
  await warnOfOtherBlocks(settings.workers);
  if (!settings.prod) await warnOfBlocks(settings.workers);

  // What is deployed, beside the code of the Workers and the modules of what is still to come.
  // Where one of them fails, wrangler need not go on: it would keep the process. And nothing of this may log later, when a failure has ended the program: the SDK then fails every later message of this process.
  const slow = setTimeout(() => announceCompiling(settings.workers), SLOW_MS);
  const ended = new AbortController();
  const code = readCode(settings.workers, config.env, ended.signal);
  const [observed, bundles, assets, declare] = await Promise.all([
    observe(settings),
    code,
    // A build command may make them.
    settings.workers.some(({ config }) => config.hasBuild)
      ? code.then(() => readAssets(settings.workers))
      : readAssets(settings.workers),
    import("./declare.ts"),
  ]).finally(() => {
    clearTimeout(slow);
    ended.abort();
  });
  for (const { where, text } of bundles.warnings) await pulumi.log.warn(`${where}: ${text}`);
  if (bundles.kind === "checkout")
    await guardPromotion(settings, versionsOf(settings.workers, bundles.code, assets));

  // The declared names with their values out of ESC, every fault in one message.
  const values = await resolveValues(settings, observed);
  await guardAssetContents(assets, values);
  const ordered = declare.orderWorkers(settings, observed);

  // Nothing that somebody deployed since is overwritten unasked. The key of the fingerprints shows what would change.
  const fingerprints = new declare.Fingerprints(settings.stack);
  const found = { settings, observed, bundles: bundles.code, assets, values, fingerprints };
  const left = await declare.guardLiveUploads(found);
  await reportEdited(settings, observed.editedSecrets);
  await reportLosses(observed.losses.warnings);
  return Plan.of({ config, found, ordered, left, declare });
}
