import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Where everything that workerd needs on disk is kept. All of it is for its owner alone. */
export interface RuntimeFolder {
  /** The data behind bindings. It stays. */
  readonly data: string;
  /** Copies of static files, one folder a version. */
  readonly assets: string;
  /** For what lives as long as one workerd. */
  readonly temporary: string;
  /** Started in workerd's place; nothing where no shell can be. */
  readonly launcher: string | undefined;
  /** Holds one file for each workerd that runs, named by its process id. */
  readonly processes: string;
  close(): void;
}

/**
 * Becomes workerd, and leaves behind a watcher that ends it once its parent is gone: a sandbox that was killed can't
 * do that itself, and workerd does not notice. A parent that is dead but not yet waited for still takes signals,
 * hence the look at whose child workerd is.
 */
const LAUNCHER = `#!/bin/sh
sandbox=$PPID
workerd=$$
: > "$SANDBOX_WORKERD_PROCESSES/$workerd"
(
  exec </dev/null >/dev/null 2>&1 3>&-
  trap '' INT TERM HUP
  while :; do
    sleep 1
    if [ -d /proc/self ]; then
      read -r _ name _ parent _ <"/proc/$workerd/stat" || break
    else
      set -- $(ps -o ppid=,comm= -p "$workerd") && parent=$1 name=$2 || break
    fi
    case $name in *workerd*) ;; *) break ;; esac
    [ "$parent" = "$sandbox" ] && continue
    kill -9 "$workerd"
    break
  done
  rm -f "$SANDBOX_WORKERD_PROCESSES/$workerd"
) &
exec "$SANDBOX_WORKERD_BINARY" "$@"
`;

/** Opens (or makes) the folder; without a path, one that goes with `close`. What a killed sandbox left is cleared up. */
export async function openRuntimeFolder(path: string | undefined): Promise<RuntimeFolder> {
  const root = path ?? mkdtempSync(join(tmpdir(), "sandbox-workers-"));
  const at = (name: string) => join(root, name);
  const processes = at("processes");
  await endOrphans(processes);
  rmSync(at("temporary"), { recursive: true, force: true });
  for (const name of ["", "data", "assets", "temporary", "processes"]) {
    mkdirSync(at(name), { recursive: true, mode: 0o700 });
  }
  return {
    data: at("data"),
    assets: at("assets"),
    temporary: at("temporary"),
    launcher: writeLauncher(at("workerd.sh")),
    processes,
    close() {
      rmSync(path === undefined ? root : at("temporary"), { recursive: true, force: true });
    },
  };
}

function writeLauncher(file: string): string | undefined {
  if (process.platform === "win32" || !existsSync("/bin/sh")) return undefined;
  writeFileSync(file, LAUNCHER, { mode: 0o700 });
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    // A file system that nothing may be run from. Then a killed sandbox leaves workerd behind.
    return undefined;
  }
}

/** They would hold the same data open as the workerd about to start. */
async function endOrphans(processes: string): Promise<void> {
  if (!existsSync(processes)) return;
  const until = Date.now() + 5000;
  for (const name of readdirSync(processes)) {
    const pid = Number(name);
    if (isOurs(pid, processes)) kill(pid, "SIGKILL");
    // Where there is no telling whose it is, the watcher ends it.
    while (kill(pid, 0) && mayBeOurs(pid, processes) && Date.now() < until) await pause(20);
    rmSync(join(processes, name), { force: true });
  }
}

/** Process ids are used again: what counts is what the process was started with. */
function isOurs(pid: number, processes: string): boolean {
  return environmentOf(pid)?.includes(`SANDBOX_WORKERD_PROCESSES=${processes}\0`) ?? false;
}

function mayBeOurs(pid: number, processes: string): boolean {
  return existsSync("/proc/self") ? isOurs(pid, processes) : true;
}

function environmentOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return undefined;
  }
}

function kill(pid: number, signal: "SIGKILL" | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
