import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import { noteEffect } from "../../api/effects.ts";
import { FaultsError } from "../../faults.ts";
import { pulumiHome } from "./pulumi-home.ts";

/**
 * The CLI's note of `pulumi stack select` (pkg/v3 `workspace.Settings`): since 3.256 a selection for each backend, by the
 * address that `Login.url` has; before it, `stack` alone.
 */
const noteOf = v.looseObject({
  stack: v.nullish(v.string()),
  stacks: v.nullish(v.record(v.string(), v.string())),
});
type Note = v.InferOutput<typeof noteOf>;

/** A project's folder, as the CLI names its note, and the backend that a selection belongs to. */
export interface Workspace {
  readonly root: string;
  readonly project: string;
  /** `Login.url`. */
  readonly backend: string;
}

/** The note's file: named by the project, and by the path of its file as the CLI spells it (pkg/v3 `settingsPath`). */
function noteFile({ root, project }: Workspace, env: NodeJS.ProcessEnv): string {
  const path = join(asCliSpells(root, env), "Pulumi.yaml");
  const hash = createHash("sha1").update(path).digest("hex");
  return join(pulumiHome(env), "workspaces", `${project}-${hash}-workspace.json`);
}

/** Go's `os.Getwd` keeps the shell's spelling of the folder where somebody stands, links included; other folders get their real path. */
function asCliSpells(root: string, { PWD }: NodeJS.ProcessEnv): string {
  const folder = real(root);
  const stands = PWD !== undefined && isAbsolute(PWD) && real(PWD) === real(process.cwd());
  let spelled = stands ? PWD : folder;
  while (real(spelled) !== folder) {
    if (spelled === dirname(spelled)) return folder;
    spelled = dirname(spelled);
  }
  return spelled;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The note, or `undefined` where there is none. The CLI stops at one that it cannot read, and so does this. */
function readNote(file: string): Note | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (Object(error).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return v.parse(noteOf, JSON.parse(text));
  } catch {
    throw new FaultsError([
      {
        where: file,
        what: "the Pulumi CLI's note of the selected stack can't be read, so it is not known which stack is meant",
        fix: "Delete the file and run: pulumi stack select STACK. Or name the stack: --stack NAME",
      },
    ]);
  }
}

/**
 * The stack that `pulumi` takes in a project's folder when none is named (pkg/v3 `state.CurrentStack`): the backend's own
 * entry, else the one that an older CLI left. As the CLI wrote it: `[organization/[project/]]stack`.
 */
export function selectedStack(workspace: Workspace, env: NodeJS.ProcessEnv): string | undefined {
  const { stack, stacks } = readNote(noteFile(workspace, env)) ?? {};
  return stacks?.[workspace.backend] ?? (stack || undefined);
}

/**
 * Selects a stack for `pulumi` and `ws`, as `pulumi stack init` does with the stack that it makes. Where one is selected on this
 * backend already, or named by `PULUMI_STACK`, that stays; so does what the note holds of other backends. Says whether it did.
 */
export async function selectIfNone(
  workspace: Workspace & { readonly organization: string; readonly stack: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const file = noteFile(workspace, env);
  const note = readNote(file) ?? {};
  const { backend, organization, project, stack } = workspace;
  if (env.PULUMI_STACK !== undefined || note.stack || note.stacks?.[backend] !== undefined) return false;
  const stacks = { ...note.stacks, [backend]: `${organization}/${project}/${stack}` };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, JSON.stringify({ ...note, stacks }, undefined, 4), { mode: 0o600 });
  noteEffect({ kind: "written", file: "the note of the selected stack" });
  return true;
}
