import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A disk that a test can fill, for one folder of one process. */
export interface SmallDisk {
  /** What it is, for the report. */
  readonly how: string;
  /** The command that runs `file` so that it has this disk. */
  command(file: string, args: readonly string[]): readonly [file: string, args: readonly string[]];
  /** From here on nothing more fits, for a process that was started by `command`. */
  fill(pid: number): void;
  free(pid: number): void;
  /** Read-only, while nobody writes; where that can be had. */
  readonly readOnly?: (on: boolean) => void;
  close(): Promise<void>;
}

/**
 * The best that this machine can do for `folder`: a small file system in a mount namespace of its own, which needs no rights
 * where user namespaces are allowed; else a limit of the size of each file. `undefined`, with the reason told: neither.
 */
export async function smallDisk(folder: string, megabytes: number): Promise<SmallDisk | undefined> {
  const disk = (await ownFileSystem(folder, megabytes)) ?? fileSizeLimit();
  console.log(
    `      ${disk?.how ?? "skipped: this machine has neither user namespaces (unshare -rm) nor prlimit"}`,
  );
  return disk;
}

async function ownFileSystem(folder: string, megabytes: number): Promise<SmallDisk | undefined> {
  const mount = 'mount -t tmpfs -o "size=$1m,mode=700" tmpfs "$2" && echo ready && exec sleep 600';
  const keeper = spawn("unshare", ["-rm", "sh", "-c", mount, "sh", String(megabytes), folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (!(await isReady(keeper))) return undefined;
  const pid = keeper.pid ?? 0;
  const entered = ["--target", String(pid), "--user", "--mount", "--preserve-credentials"];
  const filler = join(`/proc/${pid}/root${folder}`, "filler");
  return {
    how: `a file system of ${megabytes} MB, in a mount namespace of its own`,
    command: (file, args) => ["nsenter", [...entered, file, ...args]],
    fill() {
      const handle = openSync(filler, "a");
      try {
        for (const size of [65_536, 512]) writeUntilFull(handle, Buffer.alloc(size));
      } finally {
        closeSync(handle);
      }
    },
    free: () => rmSync(filler),
    readOnly: (on) =>
      void execFileSync("nsenter", [...entered, "mount", "-o", `remount,${on ? "ro" : "rw"}`, folder]),
    async close() {
      const ended = once(keeper, "close");
      keeper.kill("SIGKILL");
      await ended;
    },
  };
}

function writeUntilFull(handle: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(handle, bytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

async function isReady(keeper: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    keeper.on("error", () => resolve(false)).on("close", () => resolve(false));
    keeper.stdout?.once("data", () => resolve(true));
  });
}

/** SQLite meets EFBIG in place of ENOSPC, and takes it for a failing disk. */
function fileSizeLimit(): SmallDisk | undefined {
  const limit = (pid: number, bytes: string) =>
    void execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
  try {
    limit(process.pid, "unlimited");
  } catch {
    return undefined;
  }
  return {
    how: "a limit of the size of each file (RLIMIT_FSIZE), since there is no mounting here",
    command: (file, args) => [file, args],
    fill: (pid) => limit(pid, "4096"),
    free: (pid) => limit(pid, "unlimited"),
    close: async () => undefined,
  };
}
