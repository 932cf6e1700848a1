import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { baseState } from "../src/pulumi/state/journal/base.ts";
import { journalEntry } from "../src/pulumi/state/journal/entries.ts";
import { replay } from "../src/pulumi/state/journal/replay.ts";
import { journals } from "./journal-reference/journals.ts";
import { inNormalForm } from "./journal-reference/normal-form.ts";
import {
  buildReplayReference,
  type ReplayRequest,
  startReplayReference,
} from "./journal-reference/reference.ts";

/** More, and others, by `REPLAYS=100000 REPLAY_SEED=N npm test -- journal-reference`. */
const RUNS = Number(process.env.REPLAYS ?? 1000);
const SEED = process.env.REPLAY_SEED === undefined ? undefined : Number(process.env.REPLAY_SEED);

/** What the sandbox makes of a journal, beside what the engine's own replayer makes of it. */
describe("sandbox, Pulumi half: journals beside the engine's own replayer", function () {
  this.timeout(700_000);
  it("make the same state, whatever they hold", async function () {
    const built = buildReplayReference();
    if ("reason" in built) {
      console.log(`      skipped: ${built.reason}`);
      return this.skip();
    }
    const reference = startReplayReference(built.program);
    let [compared, refused] = [0, 0];
    try {
      await fc.assert(
        fc.asyncProperty(journals, async (request) => {
          const { state, refusal } = await reference.ask(request);
          // Two resources with one alias: the engine stops there, and the sandbox keeps what it can.
          if (refusal !== undefined) {
            assert.match(refusal, /have the same alias/);
            refused += 1;
            ours(request);
            return;
          }
          compared += 1;
          assert.deepEqual(inNormalForm(ours(request)), inNormalForm(state));
        }),
        { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: SEED }) },
      );
    } finally {
      reference.close();
    }
    console.log(`      ${compared} journals compared, ${refused} that the engine refuses`);
    assert(compared > RUNS / 2);
  });
});

function ours({ base, entries }: ReplayRequest): unknown {
  const read = baseState(JSON.stringify({ version: 3, deployment: base }));
  const manifest = { time: new Date(0), engine: "" };
  return JSON.parse(
    replay(
      read,
      entries.map((entry) => journalEntry(JSON.stringify(entry))),
      manifest,
    ).text,
  );
}
