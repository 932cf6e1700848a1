import { spawn } from "node:child_process";
import { join } from "node:path";

/** What a build may take. A command that waits for input never ends. */
export const LIMIT_MS = 15 * 60_000;
/** Enough for every message; a build that prints without an end fills no memory. */
const MOST_OUTPUT = 256 * 1024;

/**
 * What the child gets of this process's variables: what a program needs to start, and nothing that opens anything. The engine has a
 * stack's whole config in a variable of the program, secrets included, and the deploy token in another.
 */
const NEEDED = /^(PATH|TMPDIR|TMP|TEMP|TZ|LANG|LC_\w+|LD_\w+|DYLD_\w+|SystemRoot|ComSpec|PATHEXT)$/i;

export interface Finished {
  /** `undefined` where it was stopped. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface Child {
  /** Absolute path of a JavaScript file. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** A folder of this run alone; wrangler's settings, logs and caches go there. */
  readonly home: string;
  /** More variables, which the Worker's entry names for its build. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
  /** Stops it, with all that it has started. */
  readonly signal?: AbortSignal | undefined;
}

/** The child's environment. Pure. */
export function childEnvironment(
  from: Readonly<Record<string, string | undefined>>,
  { home, variables = {} }: Pick<Child, "home" | "variables">,
): Record<string, string> {
  const own = Object.entries(from).flatMap(([name, value]) =>
    NEEDED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(own),
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_CACHE_HOME: join(home, "cache"),
    WRANGLER_LOG_PATH: join(home, "logs"),
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CI: "1",
    NO_COLOR: "1",
    ...variables,
  };
}

/** Runs a script of Node's to its end, apart from this process: no input, no credentials, ended together with this process. */
export async function runChild(child: Child): Promise<Finished> {
  const { script, args, cwd, limitMs = LIMIT_MS, signal } = child;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, [script, ...args], {
      cwd,
      env: childEnvironment(process.env, child),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what a build command has started ends with it.
      detached: process.platform !== "win32",
    });
    const stop = () => {
      try {
        if (process.platform === "win32") started.kill("SIGKILL");
        else if (started.pid !== undefined) process.kill(-started.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    };
    process.once("exit", stop);
    signal?.addEventListener("abort", stop);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, limitMs);
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      started[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] = (output[stream] + text).slice(-MOST_OUTPUT);
      });
    const done = () => {
      clearTimeout(timer);
      process.removeListener("exit", stop);
      signal?.removeEventListener("abort", stop);
    };
    started.on("error", (error) => {
      done();
      reject(error);
    });
    started.on("close", (code) => {
      done();
      if (signal?.aborted === true) reject(signal.reason);
      else resolve({ ...output, code: code ?? undefined, timedOut });
    });
  });
}
