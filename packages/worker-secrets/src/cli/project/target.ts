import { cloudflareClient } from "../../api/cloudflare.ts";
import { FaultsError } from "../../faults.ts";
import type { Assets } from "../../program/assets/read.ts";
import type { DeclaredWorker } from "../../program/declared-worker.ts";
import { type Deployed, deployedOf, deployedWorker } from "../../program/deployed.ts";
import type { WorkerValues } from "../../program/values.ts";
import { deployAccount } from "./access.ts";
import type { Context } from "./context.ts";
import { type Declared, readDeclared } from "./declared.ts";
import { fingerprintKey } from "./fingerprint-key.ts";
import { reviewWorker, type WorkerReview } from "./review.ts";
import { openStackFile, type StackFile } from "./stack-file.ts";

/** A stack as its file declares it and its state tells it. */
export interface Target {
  readonly context: Context;
  readonly file: StackFile;
  readonly declared: Declared;
  readonly deployment: unknown;
  readonly deployed: Deployed | undefined;
  /** Of its fingerprints. */
  readonly key: string | undefined;
}

export async function openTarget(context: Context): Promise<Target> {
  const file = openStackFile(context.stackFile);
  if (!file.exists) {
    throw new FaultsError([
      {
        where: file.shownAs,
        what: "the stack has no config file",
        fix: `Make the stack first: npx worker-secrets init ${context.stack}`,
      },
    ]);
  }
  const declared = await readDeclared(context, file);
  const deployment = await context.client.exportStack(context.project, context.stack);
  const key = await fingerprintKey(context, deployment);
  return { context, file, declared, deployment, deployed: deployedOf(deployment), key };
}

/** Compares what a deployment would bring with what the stack runs. */
export async function reviewTarget(
  target: Target,
  values: WorkerValues,
  hashOf: (worker: DeclaredWorker) => string | null,
  assets: Assets,
): Promise<WorkerReview[]> {
  const { context, declared, deployed, key } = target;
  const { url, accountId, token } = await deployAccount(target);
  const cloudflare = cloudflareClient(url, token);
  return Promise.all(
    declared.workers.map(async (worker) =>
      reviewWorker({
        worker,
        stack: context.stack,
        hash: hashOf(worker),
        assets: assets.get(worker),
        values: values.get(worker.name) ?? new Map(),
        deployed: deployedWorker(deployed, worker.name, declared.workers.length),
        key,
        bindings: (await cloudflare.script(accountId, worker.scriptName))?.bindings.map((one) => ({
          ...one,
        })),
      }),
    ),
  );
}
