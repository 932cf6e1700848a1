import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { runsFrom, seedFrom } from "./differential/random.ts";

/** The heap of the process that evaluates: above what one evaluation may make, below what an attack would take. */
const megabytes = 512;

/** What is far beyond any run that does not hang: a minute to begin with, and a tenth of a second a document. */
const mostMs = (runs: number) => 60_000 + 100 * runs;

describe("ESC against malformed documents", () => {
  const seed = seedFrom("ESC_MALFORMED_SEED");
  const runs = runsFrom("ESC_MALFORMED_RUNS", 250);

  it(`${runs} documents: no crash, no hang, bounded memory (ESC_MALFORMED_SEED=${seed})`, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        `--max-old-space-size=${megabytes}`,
        join(import.meta.dirname, "malformed-run.ts"),
        `${seed}`,
        `${runs}`,
      ],
      { encoding: "utf8", timeout: mostMs(runs), killSignal: "SIGKILL", maxBuffer: 64 * 1024 ** 2 },
    );
    const last = stdout.trimEnd().split("\n").at(-1);
    assert.equal(status, 0, `ended with ${status ?? "no time left"} at ${last}\n${stderr.slice(0, 3_000)}`);
    assert.equal(last, `${runs} evaluated`);
  }).timeout(mostMs(runs) + 30_000);
});
