import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { SandboxDescription } from "../../packages/sandbox/src/description.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of this repository in a process of its own. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** `input`: of its standard input, which is closed by default. */
export function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Running {
  return runProcess(process.execPath, args, env, input);
}

/** Any program, in this repository's folder. */
export function runProcess(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Running {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...inherited(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined).end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Without the launcher that a sandbox of this process names in the moment in which it starts workerd: it works for that one alone. */
function inherited(): NodeJS.ProcessEnv {
  const { MINIFLARE_WORKERD_PATH: workerd, ...rest } = process.env;
  return workerd === undefined || workerd.endsWith("workerd.sh")
    ? rest
    : { ...rest, MINIFLARE_WORKERD_PATH: workerd };
}

export interface RunningSandbox extends Running {
  readonly description: SandboxDescription;
}

/** `npm run sandbox -- --json` and whatever is added; ready when this returns. */
export async function runSandbox(
  data: string,
  args: readonly string[] = ["--port", "0"],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningSandbox> {
  const running = runNode(["packages/sandbox/src/main.ts", "--json", "--data", data, ...args], env);
  const line = new Promise<string>((resolve) => {
    let text = "";
    running.child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
  const first = await Promise.race([line, running.ended]);
  if (typeof first !== "string") throw new Error(`the sandbox did not start: ${first.stderr}`);
  return { ...running, description: JSON.parse(first) as SandboxDescription };
}
