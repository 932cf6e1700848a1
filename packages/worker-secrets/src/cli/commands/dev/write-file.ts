import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isRunning } from "../../engine/is-running.ts";
import { git } from "../../project/git.ts";

/** Whether git would leave a file alone. */
export type Ignored = "ignored" | "not ignored" | "no repository";

/** Asks git itself, so that every kind of ignore file counts. A tracked file is not ignored, whatever they say. */
export async function gitIgnores(file: string): Promise<Ignored> {
  try {
    await git(["check-ignore", "--quiet", basename(file)], dirname(file));
    return "ignored";
  } catch (error) {
    // 1: not ignored; 128: no repository. Without git there is nothing that could commit it.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === 1) return "not ignored";
    if (code === "ENOENT" || (code === 128 && !(await insideRepository(dirname(file)))))
      return "no repository";
    throw error;
  }
}

/** A `.git` above means that git failed for another reason, such as an owner that it does not trust. */
async function insideRepository(folder: string): Promise<boolean> {
  if (
    await stat(join(folder, ".git")).then(
      () => true,
      () => false,
    )
  )
    return true;
  return folder === dirname(folder) ? false : insideRepository(dirname(folder));
}

/**
 * Puts a text in a file's place in one step: a temporary file beside it, for the owner alone, is written through to
 * the disk and then renamed. An interruption leaves the old file or the new one. What a killed run left is removed
 * first. Says whether anything had to be changed. Not `write-file-atomic`: the text is secrets, so the temporary file must
 * not be one that somebody else made before (`wx`), its name has to match the ignore patterns and say which run to remove
 * it after, and the folder is written through too.
 */
export async function replaceFile(file: string, text: string): Promise<"written" | "unchanged"> {
  await removeLeftovers(file);
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === text && ((await stat(file)).mode & 0o077) === 0) return "unchanged";
  const part = partOf(file, process.pid);
  try {
    const handle = await open(part, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
  return "written";
}

/** Its name says whose it is, and matches the patterns that ignore the file itself with a `*` behind. */
function partOf(file: string, pid: number): string {
  return `${file}.${pid}.part`;
}

/** Removes the temporary files of runs that are over. */
async function removeLeftovers(file: string): Promise<void> {
  const prefix = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    const pid = name.startsWith(prefix) ? /^(\d+)\.part$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid))))
      await rm(join(dirname(file), name), { force: true });
  }
}

/** So that the rename, too, outlives a power cut. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
