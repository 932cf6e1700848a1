import { randomBytes } from "node:crypto";
import { chmod, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { withConfigLine } from "./pin-line.ts";

/**
 * Makes `secretsRevision` of the stack's config file a pin (or takes it out, for `undefined`), in one step. Says whether
 * the file changed.
 */
export async function writePin({ project, stackFile }: Context, pin: string | undefined): Promise<boolean> {
  const before = await readFile(stackFile, "utf8");
  const after = withConfigLine(before, `${project}:secretsRevision`, pin, basename(stackFile));
  if (after === before) return false;
  const part = join(dirname(stackFile), `.${basename(stackFile)}.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(part, after);
    await chmod(part, (await stat(stackFile)).mode);
    await rename(part, stackFile);
  } finally {
    await rm(part, { force: true });
  }
  return true;
}
