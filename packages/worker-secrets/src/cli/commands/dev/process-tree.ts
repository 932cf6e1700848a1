import { execFileSync } from "node:child_process";

/** All processes below one, children first in no order; none where the system has no `ps`. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of processes()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const pid of children.get(next) ?? []) {
      found.push(pid);
      waiting.push(pid);
    }
  }
  return found;
}

function processes(): [pid: number, parent: number][] {
  try {
    const rows = execFileSync("ps", ["-eo", "pid=,ppid="], {
      encoding: "utf8",
      env: { PATH: process.env.PATH }, // it has no use for a credential
      stdio: ["ignore", "pipe", "ignore"],
    });
    return rows
      .trim()
      .split("\n")
      .map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  } catch {
    return [];
  }
}

/** Sends a signal to each; those that are gone already are none of our business. */
export function signalAll(pids: Iterable<number>, signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}
