import { readdirSync, readFileSync } from "node:fs";

/** A process of this machine, out of /proc (Linux). */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** In ticks since the machine's start: another process may get the same id later. */
  readonly begun: number;
}

/** The processes whose environment has this text (`NAME=VALUE`), whoever started them; the dead that nobody has waited for are none. */
export function processesWith(mark: string): ProcessRow[] {
  // The environment of a zombie is empty, so it is not among them.
  return processes((pid) => readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark));
}

/** What a process has started, and what that has started, and so on. */
export function processesBelow(pid: number): ProcessRow[] {
  const all = processes(() => true);
  const below = (parent: number): ProcessRow[] =>
    all.filter((row) => row.parent === parent).flatMap((row) => [row, ...below(row.pid)]);
  return below(pid);
}

/** Whether this very process still runs. */
export function isThere({ pid, begun }: ProcessRow): boolean {
  const now = rowOf(pid);
  return now !== undefined && now.begun === begun;
}

function processes(wanted: (pid: number) => boolean): ProcessRow[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return wanted(Number(name)) ? (rowOf(Number(name)) ?? []) : [];
      } catch {
        return []; // it has ended meanwhile, or is another user's
      }
    });
}

function rowOf(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the name, which may hold anything in its parentheses: state, parent; the 22nd of all is the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return { pid, parent: Number(fields[1]), command, begun: Number(fields[19]) };
  } catch {
    return undefined;
  }
}
