import assert from "node:assert/strict";
import { callsFrom, describeSeeds, seedsOf, shareOf } from "../volume.ts";

const first = (count: number, step: number, seed: number) => {
  const calls = callsFrom(step, seed);
  return Array.from({ length: count }, () => calls.next().value);
};

describe("what a run tries of what it could", () => {
  it("is drawn from the day, unless a seed is set", () => {
    const seeds = seedsOf(new Date("2026-11-30T23:59:00Z"), { FUZZ_SEED: "7", SEED: "" });
    assert.deepEqual([seeds.SEED, seeds.FUZZ_SEED, seeds.KILL_SEED], ["20261130", "7", "20261130"]);
    assert.match(describeSeeds(seeds), /^Seeds: SEED=20261130 FUZZ_SEED=7 /);
  });

  it("is every call with a step of 1, and with a longer one another part each day", () => {
    assert.deepEqual(first(4, 1, 20261130), [1, 2, 3, 4]);
    assert.deepEqual(first(3, 4, 0), [1, 5, 9]);
    assert.deepEqual([...callsFrom(4, 1, 10)], [2, 6, 10]);
    const days = [20261127, 20261128, 20261129, 20261130].flatMap((seed) => first(3, 4, seed));
    assert.deepEqual(
      days.sort((one, other) => one - other),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    );
  });

  it("is a share of a list that moves on by the day, and in turn has each of it", () => {
    const all = ["a", "b", "c", "d", "e", "f"];
    assert.deepEqual(shareOf(all, 1, 5), all);
    assert.deepEqual([0, 1, 2].flatMap((seed) => shareOf(all, 3, seed)).sort(), all);
  });
});
