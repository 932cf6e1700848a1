import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import type { NodeOptions } from "./options.ts";

/** What the engine says of a run; names as in its `RunRequest`. */
export interface ProgramRun {
  readonly monitor: string;
  readonly engine: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  /** `.` unless `Pulumi.yaml` has a `main`. */
  readonly entryPoint: string;
  readonly dryRun: boolean;
  readonly parallel: number;
  readonly tracing: string;
  readonly args: readonly string[];
  readonly config: ReadonlyMap<string, string>;
  readonly configSecretKeys: readonly string[];
  readonly options: NodeOptions;
}

/** `bail`: the program has said what is wrong itself, so the engine adds nothing. */
export interface RunResult {
  readonly error: string;
  readonly bail: boolean;
}

/** The runner's exit code for "the user has been told" (`@pulumi/pulumi/cmd/run`). */
const ALREADY_TOLD = 32;
/** How long a program may take over its end after SIGINT, before SIGKILL. */
const STOP_MS = 5_000;

/** The runner's arguments. No `--sync`: that is for calls that block Node, through pipes that this host does not have. */
export function runnerArguments(run: ProgramRun): string[] {
  const flags = {
    monitor: run.monitor,
    engine: run.engine,
    organization: run.organization,
    project: run.project,
    "root-directory": run.rootDirectory,
    stack: run.stack,
    pwd: run.programDirectory,
    parallel: String(run.parallel),
    tracing: run.tracing,
  };
  const given = Object.entries(flags).filter(([, value]) => value !== "");
  const dryRun = run.dryRun ? ["--dry-run"] : [];
  return [...given.flatMap(([name, value]) => [`--${name}`, value]), ...dryRun, run.entryPoint, ...run.args];
}

/** What a program finds in its environment beside everything that the host has, ESC's variables included. */
export function runnerEnvironment({ config, configSecretKeys, options }: ProgramRun): Record<string, string> {
  // Keys in the old form `namespace:config:name`, which every SDK knows.
  const old = (key: string) => key.replace(/^([^:]+):(?:config:)?/, "$1:config:");
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries([...config].map(([key, value]) => [old(key), value]))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(configSecretKeys),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** Runs the program to its end. `signal` stops it as Ctrl-C would. */
export async function runProgram(run: ProgramRun, signal: AbortSignal): Promise<RunResult> {
  const failed = (error: string): RunResult => ({ error, bail: false });
  const node = findExecutable("node");
  if (node === undefined) return failed("could not find node on the $PATH");
  const runner = locateRunner(run.programDirectory);
  if (runner === undefined)
    return failed("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?");
  try {
    const code = await exitCode(
      node,
      [...run.options.nodeargs, runner, ...runnerArguments(run)],
      run,
      signal,
    );
    if (code === 0) return failed("");
    if (code === ALREADY_TOLD) return { error: "", bail: true };
    return failed(`Program exited with non-zero exit code: ${code}`);
  } catch (error) {
    return failed(`Problem executing program (could not run language executor): ${describe(error, run)}`);
  }
}

/** Starts Node in the host's own folder, where the engine started it: relative paths in `nodeargs` count from there. */
async function exitCode(
  node: string,
  args: readonly string[],
  run: ProgramRun,
  signal: AbortSignal,
): Promise<number> {
  const env = { ...process.env, ...runnerEnvironment(run) };
  const child = spawn(node, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGINT");
    killing = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    // `close`, not `exit`: everything that it printed has been passed on.
    return await new Promise((resolve, reject) => {
      child.on("error", reject).on("close", (code) => resolve(code ?? -1));
    });
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(killing);
  }
}

function describe(error: unknown, run: ProgramRun): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "E2BIG") return message;
  const { length } = Buffer.from(runnerEnvironment(run).PULUMI_CONFIG ?? "");
  return (
    `${message}. The stack's config, secrets out of ESC included, reaches a program as one variable; it is ` +
    `${length} bytes, and Linux takes 131,072 at most (MAX_ARG_STRLEN), with any language host.`
  );
}

function locateRunner(programDirectory: string): string | undefined {
  try {
    const wanted = process.env.PULUMI_LANGUAGE_NODEJS_RUN_PATH || "@pulumi/pulumi/cmd/run";
    return createRequire(join(programDirectory, "package.json")).resolve(wanted);
  } catch {
    return undefined;
  }
}

/** The first executable of that name on the PATH. */
export function findExecutable(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
