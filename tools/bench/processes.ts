import { readdirSync, readFileSync } from "node:fs";

/** The largest resident memory in MB of each kind of process below one, while something runs. From `/proc`. */
export interface Memory {
  readonly engine: number;
  readonly program: number;
}

/** Looks at the children of this process every 20 ms until `work` is over. */
export async function watchMemory<T>(work: () => Promise<T>): Promise<{ result: T; memory: Memory }> {
  const most = { engine: 0, program: 0 };
  const timer = setInterval(() => {
    for (const pid of below(process.pid)) {
      const kind = kindOf(pid);
      if (kind !== undefined) most[kind] = Math.max(most[kind], resident(pid));
    }
  }, 20);
  try {
    return { result: await work(), memory: most };
  } finally {
    clearInterval(timer);
  }
}

/** Resident memory of a process and all below it, in MB. */
export function treeMemory(pid: number): number {
  return [pid, ...below(pid)].reduce((sum, one) => sum + resident(one), 0);
}

/** A child belongs to the thread that started it, which in a Go program is any. */
function below(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...below(child)]);
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

function kindOf(pid: number): keyof Memory | undefined {
  const [file = "", ...args] = read(`/proc/${pid}/cmdline`).split("\0");
  if (file.endsWith("/pulumi") || file === "pulumi") return "engine";
  return args.some((arg) => arg.includes("@pulumi/pulumi/cmd/run")) ? "program" : undefined;
}

function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
