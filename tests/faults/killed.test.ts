import assert from "node:assert/strict";
import { type KillResult, runKills } from "./kill-rounds.ts";
import { killTable } from "./kill-table.ts";

const ROUNDS = Number(process.env.KILL_ROUNDS || 6);
const SEED = Number(process.env.KILL_SEED || 8);

describe("kill -9 of the program, the engine and the sandbox in the middle of an up", () => {
  before(function () {
    if (process.platform !== "linux") this.skip(); // it finds the processes in /proc
  });

  it(`converges, loses no acknowledged write and leaves no orphan: ${ROUNDS} kills, seed ${SEED}`, async function () {
    this.timeout(180_000 + 90_000 * ROUNDS); // the first two ups come before any kill
    const results: KillResult[] = [];
    await runKills({ rounds: ROUNDS, seed: SEED, onResult: (result) => results.push(result) });
    const table = killTable(results);
    assert.deepEqual(
      results.flatMap(({ fault }) => fault ?? []),
      [],
      table,
    );
    assert.equal(results.length, ROUNDS);
    // The kills hit: most of the ups did not get to their end. Of few, chance may leave one.
    const hit = results.filter(({ up }) => up !== "succeeded").length;
    assert.ok(hit > (ROUNDS < 20 ? 0 : ROUNDS / 3), table);
  });
});
