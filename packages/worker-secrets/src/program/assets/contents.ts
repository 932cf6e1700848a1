import { readFile } from "node:fs/promises";
import { pMapSettled } from "p-map";
import { type Fault, refuseIfAny } from "../../faults.ts";
import type { WorkerValues } from "../values.ts";
import type { Assets } from "./read.ts";

/** Shorter values are everyday words and numbers too. */
const SHORTEST = 8;
/** What is looked through: a built page or script is smaller, and all of it together takes less than a second. */
const LARGEST_BYTES = 2 * 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 16;

/**
 * Stops where a static file holds a secret value of the stack as it is: a build has put it there, and everybody could read
 * it. Looks through the first 64 MiB of files up to 2 MiB.
 */
export async function guardAssetContents(assets: Assets, values: WorkerValues): Promise<void> {
  const secrets = new Map<string, Buffer>();
  for (const own of values.values())
    for (const [name, value] of own)
      if (value.length >= SHORTEST) secrets.set(`${name}\0${value}`, Buffer.from(value));
  if (secrets.size === 0) return;
  const faults: Fault[] = [];
  for (const [{ config }, version] of assets) {
    let left = MOST_BYTES;
    const files = (version?.folder.files ?? []).filter(({ size }) => {
      if (size > LARGEST_BYTES || size > left) return false;
      left -= size;
      return true;
    });
    const look = async ({ path, file }: (typeof files)[number]) => {
      const bytes = await readFile(file);
      const held = [...secrets]
        .filter(([, value]) => bytes.includes(value))
        .map(([key]) => key.split("\0")[0]);
      if (held.length === 0) return;
      faults.push({
        where: config.whereIs(["assets", "directory"]),
        what: `the static file '${path}' holds the value of ${[...new Set(held)].join(", ")}: everybody could read it`,
        fix: "Take it out of what is built (a build reads it from its own environment, mostly), and rotate it if the file was ever published: npx worker-secrets rotate NAME --generate",
      });
    };
    await pMapSettled(files, look, { concurrency: AT_ONCE });
  }
  refuseIfAny(faults.sort((a, b) => (a.what < b.what ? -1 : 1)));
}
