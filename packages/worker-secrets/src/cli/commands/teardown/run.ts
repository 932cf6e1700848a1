import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { noteEffect } from "../../../api/effects.ts";
import { pulumiHistory } from "../../../api/pulumi-history.ts";
import { FaultsError } from "../../../faults.ts";
import { announceStack } from "../../project/announce.ts";
import { type Context, openContext } from "../../project/context.ts";
import { projectRoot } from "../../project/root.ts";
import { ExitCode } from "../../terminal/command.ts";
import { note } from "../../terminal/output.ts";
import { askText, canAsk } from "../../terminal/prompts.ts";
import { destroyResources, hasToDestroy } from "./destroy.ts";
import { planTeardown } from "./plan.ts";
import { proveCloudflare, provePulumiCloud, removeEnvironment } from "./prove.ts";
import { reportGone, reportLeft } from "./report.ts";

export interface TeardownOptions {
  readonly yes?: string;
  readonly protected?: boolean;
  /** Names of resources that are not the Workers' own. */
  readonly also?: readonly string[];
  readonly keepValues?: boolean;
  readonly removeConfig?: boolean;
  readonly json?: boolean;
  readonly root?: string;
  readonly stack?: string;
}

/**
 * `ws teardown`. Gives the exit code. What later steps need goes last: the Environments open the engine's commands and
 * hold the token that asks Cloudflare, so they go after the proof that nothing is left there. Each step takes what is
 * gone already as done, so that a repeat resumes.
 */
export async function runTeardown(options: TeardownOptions, signal: AbortSignal): Promise<number> {
  const { json = false, keepValues = false, also = [] } = options;
  const context = await openContext({ stack: options.stack, root: projectRoot(options.root) });
  const { project, stack, organization, pulumi } = context;
  const plan = await planTeardown(context, { protected: options.protected === true, keepValues, also });
  announceStack(context);
  await confirm(context, options, signal);

  const did: string[] = [];
  const step = async (what: string, work: () => Promise<unknown>) => {
    signal.throwIfAborted();
    note(`${what} …`);
    if ((await work()) !== false) did.push(what);
  };
  const there = plan.state !== undefined;
  if (there && hasToDestroy(plan)) await step(`Destroying ${stack}`, () => destroyResources(plan, signal));
  if (plan.resources.left.length > 0) {
    reportLeft(plan, { json, did });
    return ExitCode.ok;
  }
  if (there)
    await step(`Removing the stack ${stack}`, () =>
      pulumiHistory(pulumi, organization, project, stack).remove(),
    );
  const cloudflare = await proveCloudflare(plan);
  for (const name of plan.going) await step(`Removing ${name}`, () => removeEnvironment(plan, name));
  await provePulumiCloud(plan);
  if (options.removeConfig) {
    await rm(context.stackFile, { force: true });
    noteEffect({ kind: "removed", what: basename(context.stackFile) });
  }
  reportGone(plan, { json, did, keepValues, cloudflare });
  return ExitCode.ok;
}

async function confirm(
  { stack, project }: Context,
  { yes, json = false }: TeardownOptions,
  signal: AbortSignal,
): Promise<void> {
  const question = `This removes the stack '${stack}' of ${project} and everything of it. Type its name`;
  const given = yes ?? (canAsk(json) ? await askText(question, { signal }) : undefined);
  if (given?.trim() === stack) return;
  throw new FaultsError([
    {
      where: "--yes",
      what:
        given === undefined
          ? "this has to be confirmed by the stack's name, and there is no terminal to ask in"
          : `'${given}' is not the stack's name`,
      fix: `Write --yes ${stack}`,
    },
  ]);
}
