import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { privateFolder } from "../../preload/private-folder.mjs";
import { keepRecord } from "../records.ts";
import type { Reading } from "./normalised-config.ts";

/** Beyond so many records, those that nobody has used for a month go. */
const MANY = 500;
/** So many of the writes look for those. */
const TIDY_SHARE = 0.02;

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
  await keepRecord(folder, key, JSON.stringify(reading), Math.random() < TIDY_SHARE ? MANY : undefined);
}
