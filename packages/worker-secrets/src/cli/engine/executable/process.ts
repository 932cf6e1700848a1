import { spawn } from "node:child_process";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  /** The last few thousand characters only: enough for an error message. */
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  onStderrLine?(line: string): void;
}

/** Runs a program to its end. Never throws: a program that cannot start or is stopped has `code: null`. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: "SIGKILL" as const }),
    });
    // A build outlives nothing: when we end, it ends.
    const stop = () => child.kill();
    process.once("exit", stop);

    let stdout = "";
    let stderr = "";
    let partial = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-4000);
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) options.onStderrLine?.(line);
    });
    const finish = (finished: Finished) => {
      process.removeListener("exit", stop);
      resolve(finished);
    };
    child.on("error", (error) => finish({ code: null, stdout, stderr: stderr || error.message }));
    child.on("close", (code) => finish({ code, stdout, stderr }));
  });
}
