import { readdirSync, readFileSync } from "node:fs";

/** A process of this machine, out of /proc (Linux). */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes whose environment has this text (`NAME=VALUE`), whoever started them; the dead that nobody has waited for are none. */
export function processesWith(mark: string): ProcessRow[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const pid = Number(name);
      try {
        // The environment of a zombie is empty, so it is not among them.
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark)) return [];
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // After the name, which may hold anything in its parentheses: state, parent.
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }];
      } catch {
        // It has ended meanwhile, or is another user's.
        return [];
      }
    });
}
