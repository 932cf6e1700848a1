import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createAtomically,
  hashOfFiles,
  withLock,
} from "../../packages/worker-secrets/src/cli/engine/executable/cache.ts";

const exec = promisify(execFile);
const LOCK_FILES = ["package.json", "package-lock.json"];

/** Where tests keep what they install beside the repository's own `npm ci`. */
export function testCache(name: string): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "worker-secrets", name);
}

/**
 * Installs the packages of a folder's own lock file, once a lock file and machine, so that `npm ci` of the repository does not bring them.
 * Gives the folder with `node_modules`, which nobody may write to.
 *
 * @param shownAs - what is installed, for the one line that says so
 */
export async function installed(source: string, cache: string, shownAs: string): Promise<string> {
  const folder = join(
    cache,
    `installed-${await hashOfFiles(...LOCK_FILES.map((name) => join(source, name)))}`,
  );
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const wait = () => console.log(`Waiting for another process that installs ${shownAs} …`);
  await withLock(`${folder}.lock`, wait, async () => {
    if (existsSync(folder)) return;
    console.log(`Installing ${shownAs}: once, about a minute …`);
    await createAtomically(folder, async (temporary) => {
      for (const name of LOCK_FILES) cpSync(join(source, name), join(temporary, name));
      const args = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
      await exec("npm", args, { cwd: temporary, shell: process.platform === "win32" });
    });
  });
  return folder;
}
