import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Writes a record into a private folder. What can't be kept is made again next time, so nothing is thrown.
 *
 * @param tidyBeyond - more records than this, and those that nobody has used for a month go; `undefined` leaves them alone
 */
export async function keepRecord(
  folder: string,
  name: string,
  text: string,
  tidyBeyond: number | undefined,
): Promise<void> {
  try {
    // Without fsync: a record that a power cut has damaged is no JSON, and counts as absent.
    await writeFileAtomic(join(folder, name), text, { mode: 0o600, fsync: false });
    if (tidyBeyond !== undefined) await tidy(folder, tidyBeyond);
  } catch {
    // Not kept.
  }
}

async function tidy(folder: string, beyond: number): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= beyond) return;
  const old = Date.now() - MONTH_MS;
  await Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(join(folder, name));
      if (mtimeMs < old) await rm(join(folder, name), { force: true });
    }),
  );
}
