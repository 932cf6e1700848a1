import { environmentUpkeep } from "../../../api/pulumi-revisions.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { scriptsOf } from "../../../program/definition.ts";
import { OwnedState } from "../../../program/ownership.ts";
import { deployAccount } from "../../project/access.ts";
import { CommandFailed } from "../../terminal/command.ts";
import { note } from "../../terminal/output.ts";
import type { TeardownPlan } from "./plan.ts";
import { remainsOn, scriptsOn } from "./remains.ts";

/** What Cloudflare answered once the stack was gone. */
export interface CloudflareProof {
  readonly asked: boolean;
  /** Scripts with names that the stack declares, which it never made. */
  readonly leftAlone: readonly string[];
}

/** Asks Cloudflare that nothing of the stack is left, as long as the token's Environment is there. */
export async function proveCloudflare(plan: TeardownPlan): Promise<CloudflareProof> {
  const { context, declared, client, state, definition } = plan;
  if ((await client.environment(context.names.cloudflare)) === undefined)
    return { asked: false, leftAlone: [] };
  note("Asking Cloudflare what is left …");
  const account = await deployAccount(plan);
  // Where nothing tells any more what was the stack's own, whatever has its names counts.
  const known = scriptsOf(definition, context.project);
  const owned = new OwnedState(state);
  const isOwn = ({ scriptName }: DeclaredWorker) =>
    (state === undefined && definition === undefined) || known.includes(scriptName) || owned.owns(scriptName);
  const left = await remainsOn(account, declared.workers.filter(isOwn), context.project);
  if (left.length > 0) {
    throw new CommandFailed(
      `The stack is gone, but Cloudflare still has: ${left.join(", ")}. Something else holds or made it. The Environments stay, so that its token can remove it; then run teardown again. If it is another project's, give that Worker or resource another name in this project, and run teardown again.`,
    );
  }
  const notOwn = declared.workers.filter((worker) => !isOwn(worker));
  return { asked: true, leftAlone: await scriptsOn(account, notOwn) };
}

/** Gives whether it was there. */
export async function removeEnvironment(
  { context, declared, client }: TeardownPlan,
  name: string,
): Promise<boolean> {
  if ((await client.environment(name)) === undefined) return false;
  const upkeep = environmentUpkeep(context.pulumi, declared.organization, name);
  if (await upkeep.deletionProtected()) await upkeep.unprotect();
  await client.deleteEnvironment(name);
  return true;
}

/** Asks Pulumi Cloud that neither the stack nor an Environment of it is left. */
export async function provePulumiCloud({ context, client, going }: TeardownPlan): Promise<void> {
  const { project, stack } = context;
  note("Asking Pulumi Cloud what is left …");
  const environments = await Promise.all(
    going.map(async (name) => ((await client.environment(name)) ? [`Environment ${name}`] : [])),
  );
  const left = environments.flat();
  if (await context.client.stackExists(project, stack)) left.push(`stack ${stack}`);
  if (left.length > 0) throw new CommandFailed(`Still there: ${left.join(", ")}. Run teardown again.`);
}
