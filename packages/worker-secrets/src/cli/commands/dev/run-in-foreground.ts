import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { FaultsError } from "../../../faults.ts";
import { descendants, signalAll } from "./process-tree.ts";

/** A command without a shell, and its environment. */
export interface Foreground {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a shell would want. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How long a child that was told to end may take before it is killed. */
const PATIENCE_MS = 8_000;

/**
 * Runs a command in the foreground and gives its exit code. Signals go to the command and everything that it started, since launchers
 * as wrangler's and npm's pass none on: without that, ending the launcher alone leaves the server behind. On a terminal the child stays
 * in this process's group, so that it can read keys; there Ctrl-C reaches all of them without our help.
 */
export async function runInForeground({ file, args, cwd, env }: Foreground): Promise<number> {
  const terminal = process.stdin.isTTY === true;
  const child = spawn(file, [...args], { cwd, env, stdio: "inherit", detached: !terminal });
  const family = new Set<number>();
  let ending: NodeJS.Timeout | undefined;
  const forward = (signal: NodeJS.Signals) => {
    for (const pid of familyOf(child)) family.add(pid);
    if (ending !== undefined) {
      signalAll(family, "SIGKILL");
      return;
    }
    // The terminal has sent it to the whole group already.
    if (!(terminal && signal === "SIGINT")) signalAll(family, signal);
    ending = setTimeout(() => signalAll(family, "SIGKILL"), PATIENCE_MS);
  };
  // Before the listeners of `ws` itself: a second signal ends this process at once, and must not leave the child.
  for (const signal of FORWARDED) process.prependListener(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => reject(notStarted(error)));
      child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    clearTimeout(ending);
    await endLeftovers(family, !terminal ? child.pid : undefined);
  }
}

/** What a person can do about it, where the program does not exist. Its name is not repeated: it may be anything. */
function notStarted(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT" && error.code !== "EACCES") return error;
  return new FaultsError([
    {
      where: "the command after --",
      what: `its program is not there or can't be run (${error.code})`,
      fix: "Install it in the project (npm install --save-dev …), or give another one. Options alone go to wrangler dev.",
    },
  ]);
}

function familyOf(child: ChildProcess): number[] {
  return child.pid === undefined ? [] : [child.pid, ...descendants(child.pid)];
}

/** Whatever the launcher left when it ended: first asked, then killed. */
async function endLeftovers(family: ReadonlySet<number>, group: number | undefined): Promise<void> {
  const alive = () => [...family].some((pid) => isAlive(pid)) || (group !== undefined && isAlive(-group));
  const tell = (signal: NodeJS.Signals) => {
    signalAll(family, signal);
    if (group !== undefined) signalAll([-group], signal);
  };
  if (!alive()) return;
  tell("SIGTERM");
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!alive()) return;
  }
  tell("SIGKILL");
}

/** One that may not be signalled is nobody's leftover here: its number has gone to another user's process. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
