import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const STALE_LOCK_MS = 30_000;

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "worker-secrets", "engine");
}

/** Identifies a build: another set of modules is another binary. */
export async function hashOfFiles(...paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(await readFile(path));
  return hash.digest("hex").slice(0, 12);
}

/**
 * Makes `folder` all at once: `fill` works in a temporary folder beside it, which is renamed when it is complete. A reader sees
 * nothing or everything, whenever the writer is killed.
 */
export async function createAtomically(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${folder}.${process.pid}.${Date.now().toString(36)}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await rename(temporary, folder).catch(async (error: NodeJS.ErrnoException) => {
      // Someone else was first with the same thing: theirs is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Runs `work` while no other process does. The owner touches the lock file every few seconds; a lock whose owner is gone, or that
 * nobody has touched for half a minute, is taken over. Should two ever take it over at once, both build, and `createAtomically`
 * keeps one result.
 */
export async function withLock<T>(
  path: string,
  onWait: (owner: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  for (let waited = false; ; waited = true) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = (await readFile(path, "utf8").catch(() => "")).trim();
    if (await isStale(path, owner)) await rm(path, { force: true });
    else {
      if (!waited) onWait(owner);
      await sleep(250);
    }
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), 5_000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function isStale(path: string, owner: string): Promise<boolean> {
  const modified = await stat(path).then(
    (stats) => stats.mtimeMs,
    () => undefined,
  );
  if (modified === undefined) return false; // released meanwhile: just try again
  if (Date.now() - modified > STALE_LOCK_MS) return true;
  const pid = Number(owner);
  if (!Number.isInteger(pid) || pid <= 0) return false; // being written this moment
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
