import assert from "node:assert/strict";
import { drawn } from "../../../../tests/faults/random.ts";
import { snapshot } from "../../../../tests/helpers/cloud-snapshot.ts";
import { assertTrue } from "../../../../tests/helpers/effect-truth.ts";
import type { Interrupted, RunOptions } from "../../../../tests/helpers/interrupt-at.ts";
import { Bench, PROJECT_NAME } from "./true-words-bench.ts";
import { type Row, rowsOn } from "./true-words-rows.ts";

/**
 * By default a sample of commands, calls and ways, drawn from `SEED`. `TRUE_WORDS` names the commands that are ended at each
 * of their calls in each way (`TRUE_WORDS='rotate,teardown'`; `all`: hours), and `TRUE_WORDS='rotate:36:403'` one case.
 * `SHARD=1/3` takes the first of three parts of the commands.
 */
const WANTED = (process.env.TRUE_WORDS ?? "").split(",").filter((part) => part !== "");
const [SHARD = 1, SHARDS = 1] = (process.env.SHARD ?? "1/1").split("/").map(Number);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** How many commands a sample has, without the engine and with it. */
const SAMPLED = { plain: 3, engine: 1 };

const WAYS = ["SIGINT", 403, 500, "lost"] as const;
type Way = (typeof WAYS)[number];
/** A call by its place from 0, and how a run ends at it. */
type Case = readonly [call: number, way: Way];

describe(`what a command says that it has changed (SEED=${SEED})`, function () {
  this.timeout(6 * 3_600_000);
  const bench = new Bench();
  before(() => bench.open());
  after(() => bench.close());

  let rounds = 100;
  const attempt = async (row: Row, fault: RunOptions, where: string): Promise<Interrupted> => {
    const round = ++rounds;
    await row.prepare?.(round);
    const before = await snapshot(bench.world, PROJECT_NAME, bench.root);
    const ended = await bench.run({ ...row.run(round), ...fault });
    assertTrue(ended, { before, after: await snapshot(bench.world, PROJECT_NAME, bench.root), where });
    return ended;
  };

  for (const row of chosenRows(rowsOn(bench))) {
    it(`${row.title}: is what it has changed, however it ends`, async () => {
      await row.begin?.();
      const { calls, code, stderr: said } = await attempt(row, {}, `${row.title}, undisturbed`);
      assert.ok((row.codes ?? [0]).includes(code ?? -1), `${row.title} ended with ${code}: ${said}`);
      for (const [index, way] of chosenCases(row, calls)) {
        const fault = way === "SIGINT" ? { signal: way } : { fails: way };
        const where = `TRUE_WORDS='${row.title}:${index + 1}:${way}', of ${calls.length} calls: ${calls[index]}`;
        const { code: ended, stderr } = await attempt(row, { at: index + 1, ...fault }, where);
        assert.ok(ended === 0 || ended === 1 || ended === 130, `${where}: ${ended}`);
        assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, where);
      }
    });
  }
});

/** Those that `TRUE_WORDS` names, or the sample's. */
function chosenRows(rows: readonly Row[]): readonly Row[] {
  if (WANTED.length > 0)
    return rows
      .filter(({ title }) => wanted(title).length > 0)
      .filter((_, index) => index % SHARDS === SHARD - 1);
  const sample = (all: readonly Row[], count: number) =>
    all.toSorted((one, other) => drawn(SEED, one.title) - drawn(SEED, other.title)).slice(0, count);
  const plain = sample(
    rows.filter(({ engine }) => engine !== true),
    SAMPLED.plain,
  );
  const engine = sample(
    rows.filter((row) => row.engine),
    SAMPLED.engine,
  );
  return rows.filter((row) => plain.includes(row) || engine.includes(row));
}

/** The parts of `TRUE_WORDS` that concern a command, without its title. */
function wanted(title: string): readonly (readonly string[])[] {
  return WANTED.map((part) => part.split(":"))
    .filter(([name]) => name === title || name === "all")
    .map(([, ...rest]) => rest);
}

/** Calls and ways to end at them. Of a sample, most are writes, of which a run has few. */
function chosenCases({ title, sample }: Row, calls: readonly string[]): readonly Case[] {
  const all = calls.flatMap((call, index) =>
    WAYS.filter((way) => way !== "lost" || !call.startsWith("GET ")).map((way): Case => [index, way]),
  );
  const parts = wanted(title);
  if (parts.length > 0)
    return all.filter(([index, way]) =>
      parts.some(([call = `${index + 1}`, how = `${way}`]) => call === `${index + 1}` && how === `${way}`),
    );
  const writes = all.filter(([index]) => !/^GET |\/open$|\/decrypt$|\/events/.test(calls[index] ?? ""));
  return Array.from({ length: sample }, (_, turn) => {
    const from = turn % 3 === 2 || writes.length === 0 ? all : writes;
    return from[Math.floor(drawn(SEED, title, turn) * from.length)];
  }).filter((one) => one !== undefined);
}
