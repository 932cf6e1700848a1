import { randomBytes } from "node:crypto";
import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Replaces a file in one step, so that an interruption leaves the old one or the new one. `mode`: that of the old one. */
export async function replaceText(file: string, text: string, mode: number | undefined): Promise<void> {
  const part = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(part, text);
    if (mode !== undefined) await chmod(part, mode);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}
