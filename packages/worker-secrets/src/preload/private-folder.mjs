// @ts-check
import { lstatSync, mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder of this user's for files that make the next run faster: `$XDG_CACHE_HOME/worker-secrets/<name>`, by default below
 * `~/.cache`; where that can't be written, below `/tmp/worker-secrets-<user id>`. Made with 0700. `undefined` where
 * neither is this user's alone: what is read from there is run, so nobody else may be able to write to it.
 *
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @returns {string | undefined}
 */
export function privateFolder(name, env = process.env) {
  const uid = process.getuid?.();
  const home = env.HOME || homedir();
  for (const folder of [
    join(env.XDG_CACHE_HOME || join(home, ".cache"), "worker-secrets"),
    join(tmpdir(), `worker-secrets-${uid ?? "user"}`),
  ]) {
    const own = join(folder, name);
    if (isPrivate(folder, uid) && isPrivate(own, uid)) return own;
  }
  return undefined;
}

/**
 * Makes the folder if it is not there. A link is refused, and so is one that others own or may write to.
 *
 * @param {string} folder
 * @param {number | undefined} uid
 */
function isPrivate(folder, uid) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (!found.isDirectory()) return false;
    if (uid === undefined) return true; // Windows: a user's own folders are theirs by its access lists
    return found.uid === uid && (found.mode & 0o022) === 0 && (found.mode & 0o200) !== 0;
  } catch {
    return false;
  }
}
