import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

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
 * Runs `work` while no other process does. A lock whose owner was killed counts as free after ten seconds. Should two ever
 * hold it at once, both do the work, and `createAtomically` keeps one result.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const { lock } = await import("proper-lockfile");
  const options = { lockfilePath: path, realpath: false, onCompromised: () => undefined };
  const every = { forever: true, factor: 1, minTimeout: 250, maxTimeout: 250 };
  const release = await lock(path, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ELOCKED") throw error;
    onWait();
    return lock(path, { ...options, retries: every });
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined); // somebody has taken it over
  }
}
