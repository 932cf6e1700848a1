import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { scanner } from "./scan.ts";
import type { SeenFile, SeenProcess, Watch } from "./watcher.ts";

/** How long it rests between two looks. */
const REST_MS = 15;
/** Files are looked at every so many times. */
const FILES_EVERY = 8;
const LARGEST_FILE = 32 * 1024 * 1024;

const { pid, folders, needles } = workerData as Watch;
const { scan } = scanner(needles);
const processes = new Map<string, SeenProcess>();
const files = new Map<string, SeenFile>();
let round = 0;

const timer = setInterval(look, REST_MS);
look();
parentPort?.once("message", () => {
  clearInterval(timer);
  look();
  lookAtFiles();
  parentPort?.postMessage({ processes: [...processes.values()], files: [...files.values()] });
});
parentPort?.postMessage("ready");

function look(): void {
  for (const child of descendants(pid)) lookAtProcess(child);
  if (round++ % FILES_EVERY === 0) lookAtFiles();
}

function descendants(parent: number): number[] {
  const tasks = entries(`/proc/${parent}/task`);
  const children = tasks.flatMap((task) =>
    (read(`/proc/${parent}/task/${task}/children`)?.toString() ?? "").split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function lookAtProcess(child: number): void {
  const command = read(`/proc/${child}/cmdline`);
  const environment = read(`/proc/${child}/environ`);
  // Between fork and exec it is still a copy of its parent, and one that has ended has none.
  if (command === undefined || environment === undefined || command.length === 0) return;
  // It became another program between the two reads: the next look has both of the same one.
  if (!command.equals(read(`/proc/${child}/cmdline`) ?? Buffer.of())) return;
  const key = `${child} ${command.toString("latin1")} ${environment.length}`;
  if (processes.has(key)) return;
  const variables = environment.toString("latin1").split("\0");
  processes.set(key, {
    pid: child,
    name: nameOf(command.toString().split("\0")),
    arguments: { bytes: command.length, hits: scan(command) },
    environment: {
      bytes: environment.length,
      variables: variables.flatMap((each) =>
        scan(Buffer.from(each, "latin1")).map((hit) => ({ variable: each.split("=")[0] ?? "", ...hit })),
      ),
    },
  });
}

/** `node ws.ts init`: the program, its script and what that is told to do, with neither paths nor options nor secrets. */
function nameOf([program = "", ...args]: readonly string[]): string {
  const words = args.filter((arg) => /^[\w@./-]+$/.test(arg) && !arg.startsWith("-"));
  const told = [program, ...words.slice(0, 2)].map((part) => basename(part));
  return told.map((part) => (scan(part).length === 0 ? part : "…")).join(" ");
}

function lookAtFiles(): void {
  for (const folder of folders) {
    for (const path of entries(folder, true).map((name) => join(folder, name))) {
      const found = stat(path);
      if (found === undefined || !found.isFile() || found.size > LARGEST_FILE) continue;
      const key = `${path} ${found.ino} ${found.size} ${found.mtimeMs}`;
      if (files.has(key)) continue;
      const bytes = read(path);
      if (bytes !== undefined) files.set(key, { path, bytes: bytes.length, hits: scan(bytes) });
    }
  }
}

/** Whatever can't be read has ended or gone meanwhile. */
function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function entries(folder: string, recursive = false): string[] {
  return orNothing(() => readdirSync(folder, { recursive, encoding: "utf8" })) ?? [];
}

function read(file: string): Buffer | undefined {
  return orNothing(() => readFileSync(file));
}

function stat(path: string) {
  return orNothing(() => statSync(path));
}
