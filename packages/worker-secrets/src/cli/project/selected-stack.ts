import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as v from "valibot";

const note = v.object({ stack: v.pipe(v.string(), v.nonEmpty()) });

/** The CLI's own note of `pulumi stack select`, named by the project file's path (pkg/workspace, `workspacePath`). */
function noteFile(root: string, project: string, env: NodeJS.ProcessEnv): string {
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const hash = createHash("sha1").update(join(root, "Pulumi.yaml")).digest("hex");
  return join(home, "workspaces", `${project}-${hash}-workspace.json`);
}

/** The stack that is selected for a project's folder, as the CLI wrote it (`[organization/[project/]]stack`). */
export function selectedStack(root: string, project: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    return v.parse(note, JSON.parse(readFileSync(noteFile(root, project, env), "utf8"))).stack;
  } catch {
    return undefined;
  }
}

/**
 * Selects a stack for `pulumi` and `ws`, as `pulumi stack init` does with the stack that it makes. One that is selected
 * already, or named by `PULUMI_STACK`, stays. Says whether it did.
 */
export async function selectIfNone(
  {
    root,
    project,
    organization,
    stack,
  }: { root: string; project: string; organization: string; stack: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const file = noteFile(root, project, env);
  // A note that is there may hold more than the stack; only the CLI writes those.
  if (env.PULUMI_STACK || existsSync(file)) return false;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ stack: `${organization}/${project}/${stack}` }), { mode: 0o600 });
  return true;
}
