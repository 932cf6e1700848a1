import { lstat, stat } from "node:fs/promises";

/**
 * What stands in a file's place where it is no plain file and no link to one; `undefined` where it is, or nothing is there.
 * It is not opened: a named pipe would wait for ever for whoever writes into it.
 */
export async function notPlain(file: string): Promise<string | undefined> {
  const there = await stat(file).catch(() => undefined);
  if (there?.isFile()) return undefined;
  if (there?.isDirectory()) return "a folder";
  if (there?.isFIFO()) return "a named pipe";
  if (there?.isSocket()) return "a socket";
  if (there !== undefined) return "a device";
  const link = await lstat(file).catch(() => undefined);
  return link === undefined ? undefined : "a link that leads to nothing";
}
