import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { enginePath } from "../../../tests/helpers/world.ts";

/** A run of the real CLI. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliPlace {
  /** A folder with a `Pulumi.yaml`. */
  readonly cwd: string;
  /** The CLI's whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

export function runCli({ cwd, env }: CliPlace, args: readonly string[]): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(enginePath(), args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a command that must succeed, and gives what it printed on its standard output. */
export async function goodCli(place: CliPlace, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(place, args);
  assert.equal(code, 0, `pulumi ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

/** One command of a transcript, and what is essential of what it answers. */
export interface Line {
  readonly run: readonly string[];
  /** By default 0. */
  readonly code?: number;
  /** In its output, both streams together; each must occur. */
  readonly says?: readonly RegExp[];
  readonly never?: readonly RegExp[];
}

/** Runs the commands one after the other; a difference names the command and shows all that it printed. */
export async function transcript(place: CliPlace, lines: readonly Line[]): Promise<void> {
  for (const { run, code = 0, says = [], never = [] } of lines) {
    const result = await runCli(place, run);
    const output = result.stdout + result.stderr;
    const shown = `$ pulumi ${run.join(" ")}\n${output}[${result.code}]`;
    assert.equal(result.code, code, shown);
    for (const pattern of says) assert.match(output, pattern, shown);
    for (const pattern of never) assert.doesNotMatch(output, pattern, shown);
  }
}

/** The JSON that a command prints. */
export async function jsonCli<T>(place: CliPlace, args: readonly string[]): Promise<T> {
  return JSON.parse(await goodCli(place, args)) as T;
}
