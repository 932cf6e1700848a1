import { subscribe } from "node:diagnostics_channel";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** What a test file took. */
export interface FileReport {
  /** Relative to the repository. */
  readonly file: string;
  /** From the end of the file before it in the same process: its imports count too. */
  readonly seconds: number;
  /** Of the test process and of all ended processes below it. */
  readonly cpuSeconds: number;
  /** Of those below it alone. */
  readonly childCpuSeconds: number;
  /** Processes that the test process itself started without waiting for their end, by program. */
  readonly started: Readonly<Record<string, number>>;
  /** Servers that it opened: a sandbox is two or three, stand-ins one. */
  readonly servers: number;
}

type Numbers = Omit<FileReport, "file">;

/** Measures one process of a test run, file by file. */
export function watchFiles(): { next(): Numbers } {
  let started = new Map<string, number>();
  let servers = 0;
  let since = performance.now() - process.uptime() * 1000;
  let cpu = { all: 0, children: 0 };
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: { spawnargs?: string[]; spawnfile?: string } };
    // The channel speaks before the program's name is known.
    queueMicrotask(() => {
      const kind = kindOf(child.spawnfile ?? "", child.spawnargs ?? []);
      started.set(kind, (started.get(kind) ?? 0) + 1);
    });
  });
  subscribe("tracing:net.server.listen:asyncEnd", () => {
    servers++;
  });
  return {
    next() {
      const [now, used] = [performance.now(), cpuSeconds()];
      const report: Numbers = {
        seconds: rounded((now - since) / 1000),
        cpuSeconds: rounded(used.all - cpu.all),
        childCpuSeconds: rounded(used.children - cpu.children),
        started: Object.fromEntries(started),
        servers,
      };
      [since, cpu, started, servers] = [now, used, new Map(), 0];
      return report;
    },
  };
}

/** `engine`, `workerd`, or for Node the script that it runs. */
function kindOf(program: string, args: readonly string[]): string {
  const name = basename(program).replace(/\.exe$/, "");
  if (name === "pulumi") return "engine";
  if (name !== "node") return name;
  return basename(args.slice(1).find((argument) => /\.[cm]?[jt]s$/.test(argument)) ?? name);
}

/** Seconds of this process and the ended ones below it: of these only Linux tells, in ticks of 10 ms. */
function cpuSeconds(): { all: number; children: number } {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
    const children = (childUser + childSystem) / 100;
    return { all: (user + system) / 100 + children, children };
  } catch {
    const { user, system } = process.cpuUsage();
    return { all: (user + system) / 1e6, children: 0 };
  }
}

const rounded = (seconds: number) => Math.round(seconds * 10) / 10;

/** Leaves a file's report in a folder, for the process that started them all. */
export function leaveReport(folder: string, report: FileReport): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.file.replaceAll(/[\\/]/g, "+")}.json`), JSON.stringify(report));
}

/** All that were left, slowest first. */
export function readReports(folder: string): FileReport[] {
  return readdirSync(folder)
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as FileReport)
    .sort((one, other) => other.seconds - one.seconds);
}

/** The slowest twenty as lines of text, and what all took. */
export function slowest(reports: readonly FileReport[]): string[] {
  const sum = (of: (report: FileReport) => number) =>
    Math.round(reports.reduce((total, report) => total + of(report), 0));
  const rows = reports.slice(0, 20).map(({ file, seconds, cpuSeconds, started, servers }) => {
    const kinds = Object.entries(started).map(([kind, count]) => `${count} ${kind}`);
    return `${seconds.toFixed(1).padStart(7)} s, processor ${cpuSeconds.toFixed(1).padStart(6)} s  ${file} (${[...kinds, `${servers} servers`].join(", ")})`;
  });
  const all = `${reports.length} files: ${sum(({ seconds }) => seconds)} s, processor ${sum(({ cpuSeconds }) => cpuSeconds)} s`;
  return [all, ...rows];
}
