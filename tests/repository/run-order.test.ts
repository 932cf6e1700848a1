import assert from "node:assert/strict";
import { fastFiles, longestFirst, type Records, shardOf } from "../order.ts";
import { runOptions } from "../run-options.ts";
import { joinParts, missingShards, type Part } from "../run-verdict.ts";

const records: Records = {
  a: { seconds: 100, pure: false },
  b: { seconds: 60, pure: false },
  c: { seconds: 50, pure: false },
  d: { seconds: 1, pure: true },
  e: { seconds: 9, pure: true },
};
const files = ["a", "b", "c", "d", "e", "new"];

describe("the order of a run, and its shards", () => {
  it("begins with the longest files; one that is not known is in the middle", () => {
    assert.deepEqual(longestFirst(files, records), ["a", "b", "c", "new", "e", "d"]);
  });

  it("has each file in exactly one shard, however many there are", () => {
    for (const count of [1, 2, 3, 4, 9]) {
      const shards = Array.from({ length: count }, (_, index) => shardOf(files, records, index + 1, count));
      assert.deepEqual(shards.flat().sort(), [...files].sort(), `${count} shards`);
    }
  });

  it("balances shards by the recorded times", () => {
    const seconds = (shard: readonly string[]) =>
      shard.reduce((sum, file) => sum + (records[file]?.seconds ?? 15), 0);
    const [one, two] = [shardOf(files, records, 1, 2), shardOf(files, records, 2, 2)];
    assert.ok(Math.abs(seconds(one) - seconds(two)) < 10, `${seconds(one)} and ${seconds(two)} s`);
  });

  it("has in its fast part only what is known to compute alone, and that in no time", () => {
    assert.deepEqual(fastFiles(files, records), ["d"]);
  });
});

describe("the arguments of npm test", () => {
  it("are parts of names, a shard, the fast part, or files to be joined", () => {
    assert.deepEqual(runOptions(["stack", "esc"]), { kind: "run", parts: ["stack", "esc"], fast: false });
    assert.deepEqual(runOptions(["--shard", "2/4", "--fast"]), {
      kind: "run",
      parts: [],
      fast: true,
      shard: { number: 2, count: 4 },
    });
    assert.deepEqual(runOptions(["--join", "1.json", "2.json"]), {
      kind: "join",
      files: ["1.json", "2.json"],
    });
  });

  it("are refused where they name no shard, no file to join, or an option that is none", () => {
    for (const shard of ["0/4", "5/4", "1", "1/x"])
      assert.match(String(runOptions(["--shard", shard])), /one of a count, as 1\/4/);
    assert.match(String(runOptions(["--join"])), /needs the files/);
    assert.match(String(runOptions(["--sharp"])), /--sharp/);
  });
});

describe("shards that are joined", () => {
  const part = (passed: number, failed: number, used: number, shows: string[], seconds: number): Part => ({
    ...{ passed, pending: 1, failed, log: { bytes: 10, shows } },
    accounts: [{ evidence: {}, compared: true, used: [used] }],
    reports: [{ file: `${used}`, seconds, cpuSeconds: 1, childCpuSeconds: 0, started: {}, servers: 0 }],
  });

  it("are a run only if none is missing", () => {
    const shards = (...numbers: number[]) =>
      numbers.map((number): Part => ({ ...part(1, 0, number, [], 1), shard: { number, count: 3 } }));
    assert.equal(missingShards(shards(3, 1, 2)), undefined);
    assert.equal(missingShards(shards(3, 1)), "a whole run has the shards 1/3 2/3 3/3; given are 1/3 3/3");
    assert.match(missingShards(shards(1, 2, 2)) ?? "", /given are 1\/3 2\/3 2\/3/);
    assert.match(missingShards([part(1, 0, 1, [], 1)]) ?? "", /given are no shard/);
  });

  it("are one run: all that passed and failed, each leak, what each has seen, the slowest file first", () => {
    const { passed, pending, failed, accounts, log, reports } = joinParts([
      part(3, 0, 1, [], 2),
      part(4, 1, 2, ["hex"], 5),
    ]);
    assert.deepEqual([passed, pending, failed], [7, 2, 1]);
    assert.deepEqual(log, { bytes: 20, shows: ["hex"] });
    assert.deepEqual(
      accounts.flatMap(({ used }) => used),
      [1, 2],
    );
    assert.deepEqual(
      reports.map(({ seconds }) => seconds),
      [5, 2],
    );
  });
});
