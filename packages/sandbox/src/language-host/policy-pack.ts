import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { NodeOptions } from "./options.ts";
import { findExecutable } from "./program.ts";

export interface PackRun {
  /** The folder of `PulumiPolicy.yaml`. */
  readonly programDirectory: string;
  /** The engine's address, and its flags for logs and traces. */
  readonly args: readonly string[];
  /** `NAME=value`, all that the engine hands over: nothing of this host's own environment is added. */
  readonly env: readonly string[];
  readonly options: NodeOptions;
}

/**
 * Starts a policy pack as the official host does: by the SDK's runner, in the pack's folder, its path as the last argument.
 * The official host also gives it the stack's config as variables; to the pack itself the engine tells that in any case.
 */
export function startPolicyPack({
  programDirectory,
  args,
  env,
  options,
}: PackRun): ChildProcessByStdio<null, Readable, Readable> {
  const node = findExecutable("node");
  if (node === undefined) throw new Error("could not find node on the $PATH");
  return spawn(node, [...options.nodeargs, locateRunner(programDirectory), ...args, programDirectory], {
    cwd: programDirectory,
    env: Object.fromEntries(
      env.map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    ),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function locateRunner(programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(
      "@pulumi/pulumi/cmd/run-policy-pack",
    );
  } catch {
    // In the words that the engine looks for.
    throw new Error("Cannot find module '@pulumi/pulumi/cmd/run-policy-pack'");
  }
}
