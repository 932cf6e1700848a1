import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import * as v from "valibot";
import { pulumiHistory } from "../../../api/pulumi-history.ts";
import { environmentUpkeep } from "../../../api/pulumi-revisions.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { scriptsOf } from "../../../program/definition.ts";
import { resourcesOf } from "../../../program/deployed.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../program/faults.ts";
import { OwnedState } from "../../../program/ownership.ts";
import { declaredData } from "../../../program/protection/data.ts";
import { announceStack } from "../../project/announce.ts";
import { type Context, openContext } from "../../project/context.ts";
import { projectRoot } from "../../project/root.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { CommandFailed, ExitCode } from "../../terminal/command.ts";
import { askText, canAsk } from "../../terminal/prompts.ts";
import { readDeclared } from "../init/declared.ts";
import { otherClient } from "../init/sources.ts";
import { progressLine, withRunner } from "../promote/deploy.ts";
import { deployAccount } from "../promote/target.ts";
import { fullBuckets } from "./buckets.ts";
import { describeKept, importedElsewhere, whoseAre } from "./environments.ts";
import { divide } from "./foreign.ts";
import { remainsOn, scriptsOn } from "./remains.ts";

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
  const { json = false, keepValues = false, protected: told = false } = options;
  const context = await openContext({ stack: options.stack, root: projectRoot(options.root) });
  const { project, stack, organization, pulumi, names } = context;
  const file = openStackFile(context.stackFile);
  if (!file.exists) {
    throw new FaultsError([
      {
        where: file.shownAs,
        what: "the stack has no config file, so it is not known what it declares",
        fix: `Bring it back from git, or name another stack: --stack NAME`,
      },
    ]);
  }
  const declared = await readDeclared(context, file);
  const client = otherClient(context, declared.organization);
  const history = pulumiHistory(pulumi, organization, project, stack);
  // The definition last: it tells a repeat which scripts were the stack's own.
  const named = keepValues ? [names.definition] : [names.secrets, names.cloudflare, names.definition];
  const upkeep = (name: string) => environmentUpkeep(pulumi, declared.organization, name);

  const [state, stored] = await Promise.all([
    context.client.exportStack(project, stack),
    client.environment(names.definition),
  ]);
  const { going, others } = await whoseAre(client, named, { organization, project, stack }, state);
  const locked = (
    await Promise.all(going.map(async (name) => ((await upkeep(name).deletionProtected()) ? [name] : [])))
  ).flat();
  const {
    going: targets,
    left: foreign,
    faults,
  } = divide(state, {
    also: options.also ?? [],
    platform: file.config(project, "platform") !== undefined,
    declared: declared.workers.flatMap(declaredData),
  });
  const kept = protectedResources(state, targets);
  const stays = foreign.length > 0;
  const imported = stays ? [] : await importedElsewhere(client, going, named, { project, stack });
  refuseIfAny([
    ...faults,
    ...(told
      ? []
      : [...protectionFaults(declared.prod, file.shownAs, kept, stays ? [] : locked), ...imported]),
  ]);
  const account = async () => ({
    url: context.cloudflareUrl,
    ...(await deployAccount({ context, declared })),
  });
  if (resourcesOf(state).length > 0 && (await client.environment(names.cloudflare)) !== undefined)
    refuseIfAny(await fullBuckets(await account(), state, targets));
  announceStack(context);
  await confirm(context, options, signal);

  const did: string[] = [];
  const step = async (what: string, work: () => Promise<boolean>) => {
    signal.throwIfAborted();
    progressLine(`${what} …`);
    if (await work()) did.push(what);
  };
  const there = state !== undefined;
  if (there && (stays ? targets : resourcesOf(state)).length > 0) {
    if (stored === undefined) {
      throw new FaultsError([
        {
          where: `Environment ${names.definition}`,
          what: "it is gone, and the stack still has resources: without it nobody can destroy them",
          fix: `Bring it back: npm run -s ws -- init ${stack}, and run teardown again.`,
        },
      ]);
    }
    await step(`Destroying ${stack}`, () =>
      withRunner(context, progressLine, signal, async (host, output) => {
        if (kept.length > 0) {
          const { workspace, name } = host.automation;
          await promisify(execFile)(
            workspace.pulumiCommand.command,
            ["state", "unprotect", ...kept, "--yes", "--non-interactive", "--stack", name],
            { cwd: workspace.workDir, env: { ...process.env, ...workspace.envVars }, signal },
          );
        }
        await host.destroy(output, stays ? targets : undefined);
        return true;
      }),
    );
  }
  if (stays) return report(json, stack, did, foreign);
  if (there)
    await step(`Removing the stack ${stack}`, async () => {
      await history.remove();
      return true;
    });

  const leftAlone: string[] = [];
  const asked = await client.environment(names.cloudflare);
  if (asked !== undefined) {
    progressLine("Asking Cloudflare what is left …");
    const asking = await account();
    // Where nothing tells any more what was the stack's own, whatever has its names counts.
    const known = scriptsOf(stored?.yaml, project);
    const owned = new OwnedState(state);
    const isOwn = ({ scriptName }: DeclaredWorker) =>
      (state === undefined && stored === undefined) || known.includes(scriptName) || owned.owns(scriptName);
    const left = await remainsOn(asking, declared.workers.filter(isOwn), project);
    if (left.length > 0) {
      throw new CommandFailed(
        `The stack is gone, but Cloudflare still has: ${left.join(", ")}. Something else holds or made it. The Environments stay, so that its token can remove it; then run teardown again. If it is another project's, give that Worker or resource another name in this project, and run teardown again.`,
      );
    }
    const notOwn = declared.workers.filter((worker) => !isOwn(worker));
    leftAlone.push(...(await scriptsOn(asking, notOwn)));
  }
  for (const name of going) {
    await step(`Removing ${name}`, async () => {
      if ((await client.environment(name)) === undefined) return false;
      if (await upkeep(name).deletionProtected()) await upkeep(name).unprotect();
      await client.deleteEnvironment(name);
      return true;
    });
  }

  progressLine("Asking Pulumi Cloud what is left …");
  const left = (
    await Promise.all(
      going.map(async (name) => ((await client.environment(name)) ? [`Environment ${name}`] : [])),
    )
  ).flat();
  if (await context.client.stackExists(project, stack)) left.push(`stack ${stack}`);
  if (left.length > 0) throw new CommandFailed(`Still there: ${left.join(", ")}. Run teardown again.`);
  if (options.removeConfig) await rm(context.stackFile, { force: true });

  const proof =
    asked === undefined
      ? "Cloudflare was asked before its token's Environment went"
      : "Cloudflare has none of the stack's scripts, domains, routes and resources";
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ok: true, stack, did, removed: going, kept: [...(keepValues ? [names.secrets, names.cloudflare] : []), ...others], cloudflareAsked: asked !== undefined, leftAlone })}\n`,
    );
  else
    process.stdout.write(
      `${stack} is gone: Pulumi Cloud has no such stack and none of ${going.join(", ")}; ${proof}.\n${leftAlone.map((name) => `Worker '${name}' has a name that this stack declares, but this stack never made it: left as it is.\n`).join("")}${others.map((name) => describeKept(name, { organization, project, stack })).join("")}`,
    );
  return ExitCode.ok;
}

/** The end of a teardown that leaves resources which are not the Workers' own. */
function report(json: boolean, stack: string, did: readonly string[], foreign: readonly string[]): number {
  process.stdout.write(
    json
      ? `${JSON.stringify({ ok: true, stack, did, removed: [], foreign })}\n`
      : `The Workers of ${stack} and what belongs to them are destroyed. The stack and its Environments stay, because the program declares more: ${foreign.join(", ")}. To destroy that too, name it: --also NAME.\n`,
  );
  return ExitCode.ok;
}

/** URNs of the resources, of those that are to go, that the engine refuses to delete. */
function protectedResources(state: unknown, going: readonly string[]): string[] {
  const shape = v.object({ urn: v.string(), protect: v.literal(true) });
  return resourcesOf(state).flatMap((resource) => {
    const parsed = v.safeParse(shape, resource);
    return parsed.success && going.includes(parsed.output.urn) ? [parsed.output.urn] : [];
  });
}

function protectionFaults(
  prod: boolean,
  file: string,
  kept: readonly string[],
  locked: readonly string[],
): Fault[] {
  const fix = "If it is really meant: --protected";
  return [
    ...(prod ? [{ where: file, what: "the stack is production (prod: true)", fix }] : []),
    ...kept.map((urn) => ({
      where: `resource ${urn.split("::").slice(2).join("::")}`,
      what: "it is protected; its data would go with it",
      fix,
    })),
    ...locked.map((name) => ({
      where: `Environment ${name}`,
      what: "it is protected against deletion",
      fix,
    })),
  ];
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
