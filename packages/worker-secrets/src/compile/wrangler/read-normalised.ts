import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FaultsError } from "../../faults.ts";
import { privateFolder } from "../../preload/private-folder.mjs";
import type { Wrangler } from "../run/find-wrangler.ts";
import { newerKeys } from "./keys.ts";
import type { Located } from "./locate.ts";
import type { Reading } from "./normalised-config.ts";
import { keepReading, keptReading } from "./reading-cache.ts";
import { schemaKeys } from "./schema-file.ts";

interface Request {
  readonly directory: string;
  readonly config: string | undefined;
}

/** Part of every key: another layout of the records is another number. */
const LAYOUT = 1;
const LIMIT_MS = 120_000;

/**
 * wrangler's own reading of a file. One that it has read before, with the same texts, is taken as it was. All that are asked for in one
 * go are read by one process, since most of its time goes into loading wrangler.
 */
export async function readNormalised(
  directory: string,
  located: Located,
  wrangler: Wrangler,
): Promise<Reading> {
  const key = createHash("sha256")
    .update(JSON.stringify([LAYOUT, wrangler.version, located.config, located.evidence]))
    .digest("hex");
  const kept = keptReading(key);
  if (kept !== undefined) return kept;
  const reading = await inBatch(wrangler, located.file.shownAs, { directory, config: located.config });
  await keepReading(key, reading);
  return reading;
}

interface Batch {
  readonly requests: Request[];
  readonly readings: Promise<readonly Reading[]>;
}

/** Those that were asked for since the last turn of the event loop, by the wrangler that reads them. */
const batches = new Map<string, Batch>();

async function inBatch(wrangler: Wrangler, shownAs: string, request: Request): Promise<Reading> {
  const { script } = wrangler;
  const batch = batches.get(script) ?? newBatch(wrangler, shownAs);
  const index = batch.requests.push(request) - 1;
  return (await batch.readings)[index] ?? { environments: {}, newer: [] };
}

function newBatch(wrangler: Wrangler, shownAs: string): Batch {
  const { script } = wrangler;
  const requests: Request[] = [];
  const readings = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
    batches.delete(script);
    const { refuseOutOfRange } = await import("../run/range.ts");
    refuseOutOfRange(wrangler, shownAs);
    const newer = newerKeys(schemaKeys(script, "RawConfig"));
    return (await readAll(script, requests)).map((environments) => ({ environments, newer }));
  });
  const batch = { requests, readings };
  batches.set(script, batch);
  return batch;
}

async function readAll(
  script: string,
  requests: readonly Request[],
): Promise<readonly Reading["environments"][]> {
  const { runChild } = await import("../run/child.ts");
  const home = await mkdtemp(join(tmpdir(), "worker-secrets-"));
  const [from, to] = [join(home, "requests.json"), join(home, "readings.json")];
  try {
    await writeFile(from, JSON.stringify({ script, compileCache: privateFolder("compiled"), requests }));
    const child = fileURLToPath(new URL("read-config.mjs", import.meta.url));
    const ended = await runChild({ script: child, args: [from, to], cwd: home, home, limitMs: LIMIT_MS });
    if (ended.code !== 0) {
      const { lastLines } = await import("../run/words.ts");
      const said = ended.timedOut
        ? `it did not end within ${LIMIT_MS / 1000} seconds`
        : lastLines(ended.stderr, 5);
      throw new FaultsError([
        {
          where: script,
          what: `wrangler can't be run: ${said}`,
          fix: "Install the project's packages again.",
        },
      ]);
    }
    return JSON.parse(await readFile(to, "utf8")) as Reading["environments"][];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
