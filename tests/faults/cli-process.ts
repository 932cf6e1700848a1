import { type ChildProcess, spawn } from "node:child_process";
import type { CliPlace } from "../../packages/sandbox/tests/pulumi-cli-harness.ts";
import { enginePath } from "../helpers/world.ts";

export interface CliEnded {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both streams. */
  readonly text: string;
}

export interface CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliEnded>;
}

/** Starts `pulumi`, for a test that does something to it. It has ended when it is gone, whoever still holds its output open. */
export function startCli({ cwd, env }: CliPlace, args: readonly string[]): CliProcess {
  const child = spawn(enginePath(), args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const ended = new Promise<CliEnded>((resolve, reject) => {
    child.on("error", reject);
    // Killed, it leaves children that hold the streams a while longer; else all that it printed is waited for.
    child.on("exit", (code, signal) => signal !== null && resolve({ code, signal, text }));
    child.on("close", (code, signal) => resolve({ code, signal, text }));
  });
  return { child, ended };
}
