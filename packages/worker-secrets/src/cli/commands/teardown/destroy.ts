import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { noteEffect } from "../../../api/effects.ts";
import { FaultsError } from "../../../faults.ts";
import { resourcesOf } from "../../../program/deployed.ts";
import type { HostedStack } from "../../engine/stack-host.ts";
import { withRunner } from "../../engine/with-runner.ts";
import { note } from "../../terminal/output.ts";
import type { TeardownPlan } from "./plan.ts";

/** Whether the state has anything for a teardown to destroy. */
export function hasToDestroy({ state, resources }: TeardownPlan): boolean {
  return (resources.left.length > 0 ? resources.going : resourcesOf(state)).length > 0;
}

/** Destroys what goes, and takes the protection off it first. */
export async function destroyResources(plan: TeardownPlan, signal: AbortSignal): Promise<void> {
  const { context, definition, resources, kept } = plan;
  if (definition === undefined) {
    throw new FaultsError([
      {
        where: `Environment ${context.names.definition}`,
        what: "it is gone, and the stack still has resources: without it nobody can destroy them",
        fix: `Bring it back: npx worker-secrets init ${context.stack}, and run teardown again.`,
      },
    ]);
  }
  await withRunner(context, note, signal, async (host, output) => {
    if (kept.length > 0) {
      await unprotect(host, kept, signal);
      const what = `the protection of ${kept.length} resources in the state of ${context.stack}`;
      noteEffect({ kind: "removed", what });
    }
    await host.destroy(output, resources.left.length > 0 ? resources.going : undefined);
  });
}

async function unprotect(
  { automation: { workspace, name } }: HostedStack,
  urns: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await promisify(execFile)(
    workspace.pulumiCommand.command,
    ["state", "unprotect", ...urns, "--yes", "--non-interactive", "--stack", name],
    { cwd: workspace.workDir, env: { ...process.env, ...workspace.envVars }, signal },
  );
}
