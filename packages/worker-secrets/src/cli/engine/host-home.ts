import { mkdir, mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isRunning } from "./is-running.ts";

const PREFIX = "worker-secrets-host-";
/** The engine of a command that was killed goes on for a moment, and reads its login there. */
const PATIENCE_MS = 60_000;

/**
 * A new folder of this process alone (0700), for the engine's home with its login. First removes those of commands that
 * were killed: nobody else would, and the login is in them.
 *
 * @returns its path; whoever asked for it removes it
 */
export async function makeHostHome(): Promise<string> {
  await removeDeadHomes();
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** What the engine downloads for many runs. Everything else in a Pulumi home is a login, a selection or a note. */
const KEPT = ["plugins", "policies"] as const;

/** Makes an engine's home share the plugins and policy packs of the user's: it finds them, and keeps new ones, there. */
export async function linkPlugins(home: string, users: string): Promise<void> {
  for (const name of KEPT) {
    const folder = resolve(users, name);
    await mkdir(folder, { recursive: true });
    await symlink(folder, join(home, name), process.platform === "win32" ? "junction" : "dir");
  }
}

/** What can't be removed is left: it is another user's, or another run is at it. */
async function removeDeadHomes(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(PREFIX) ? /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    const home = join(tmpdir(), name);
    const found = await stat(home).catch(() => undefined);
    if (found === undefined || found.uid !== process.getuid?.() || Date.now() - found.mtimeMs < PATIENCE_MS)
      continue;
    await rm(home, { recursive: true, force: true }).catch(() => undefined);
  }
}
