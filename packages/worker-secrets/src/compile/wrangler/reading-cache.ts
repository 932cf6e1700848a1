import { readFileSync, utimesSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { privateFolder } from "../../preload/private-folder.mjs";
import type { Reading } from "./normalised-config.ts";

/** Beyond so many records, those that nobody has used for a month go. */
const MANY = 500;
/** So many of the writes look for those. */
const TIDY_SHARE = 0.02;
const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/** A reading of before. Its key is made of all that was read, so it is never stale. */
export function keptReading(key: string): Reading | undefined {
  const folder = privateFolder("configs");
  if (folder === undefined) return undefined;
  const path = join(folder, key);
  try {
    const reading = JSON.parse(readFileSync(path, "utf8")) as Reading;
    const now = new Date();
    utimesSync(path, now, now);
    return reading;
  } catch {
    return undefined; // not there, or not whole
  }
}

/** Keeps a reading, errors included: they too come from the file alone. */
export async function keepReading(key: string, reading: Reading): Promise<void> {
  const folder = privateFolder("configs");
  if (folder === undefined) return;
  try {
    // Without fsync: a record that a power cut has damaged is no JSON, and counts as absent.
    await writeFileAtomic(join(folder, key), JSON.stringify(reading), { mode: 0o600, fsync: false });
    if (Math.random() < TIDY_SHARE) await tidy(folder);
  } catch {
    // Not kept: the next run asks wrangler again.
  }
}

async function tidy(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= MANY) return;
  const old = Date.now() - MONTH_MS;
  await Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(join(folder, name));
      if (mtimeMs < old) await rm(join(folder, name), { force: true });
    }),
  );
}
