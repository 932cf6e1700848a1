import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { FaultsError } from "../../../faults.ts";
import { descendants, signalAll } from "./process-tree.ts";

/** The project's own wrangler: the nearest one upwards from the Worker's folder. Never one that `npx` would download. */
export function findWrangler(directory: string, root: string): string {
  for (const start of [directory, root]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const file = join(folder, "node_modules", ".bin", "wrangler");
      if (existsSync(file)) return file;
      if (folder === dirname(folder)) break;
    }
  }
  throw new FaultsError([
    {
      where: directory,
      what: "there is no wrangler in node_modules/.bin, here or above",
      fix: "Run: npm ci (or: npm install --save-dev wrangler)",
    },
  ]);
}

export interface WranglerRun {
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
 * Runs wrangler in the foreground and gives its exit code. Signals go to wrangler and everything that it started,
 * since its launcher hands none on: without that, ending the launcher alone leaves the server behind. On a terminal the
 * child stays in this process's group, so that it can read keys; there Ctrl-C reaches all of them by itself.
 */
export async function runWrangler({ file, args, cwd, env }: WranglerRun): Promise<number> {
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
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    clearTimeout(ending);
    await endLeftovers(family, !terminal ? child.pid : undefined);
  }
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
