import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { inNormalForm } from "./journal-reference/normal-form.ts";
import {
  buildReplayReference,
  type ReplayReference,
  startReplayReference,
} from "./journal-reference/reference.ts";
import { goodCli } from "./pulumi-cli-harness.ts";
import { type Bench, openBench } from "./pulumi-journal-harness.ts";
import { couldHang, failsEarly, labelOf, lives, register, type Step } from "./pulumi-journal-programs.ts";
import { assertInOrder, comparable, exported, type State } from "./pulumi-journal-states.ts";

/** How many random lives are compared. More, and others, by `JOURNAL_RUNS=200 JOURNAL_SEED=N npm test -- journal-random`. */
const RUNS = Number(process.env.JOURNAL_RUNS ?? 1);
const SEED = Number(process.env.JOURNAL_SEED ?? 20261123);

/**
 * The real engine runs each program twice: with a journal, which the sandbox replays, and with whole checkpoints. What the
 * sandbox makes of the journal is compared with the checkpoints' state and with what the engine's own replayer makes of it.
 *
 * These two differ in one case, in which the sandbox goes with the replayer: an update that refreshed first and then failed.
 * Its checkpoint still has what the update did not come to with all references; the replayer drops those that name a
 * resource which the list has later by then, as after any refresh (`rebuildDependencies`).
 */
describe("sandbox, Pulumi half: journals of random programs", function () {
  this.timeout(700_000 + RUNS * 60_000);
  let benches: readonly Bench[];
  let reference: ReplayReference | undefined;
  let [lifeNumber, engineDiffers, cutShort] = [0, 0, 0];
  before(async () => {
    const built = buildReplayReference();
    if ("reason" in built) console.log(`      without the engine's own replayer: ${built.reason}`);
    else reference = startReplayReference(built.program);
    benches = await Promise.all([openBench({ journals: true }), openBench({ journals: false })]);
  });
  after(async () => {
    reference?.close();
    for (const bench of benches ?? []) await bench.close();
  });

  it("leave the state that checkpoints leave, after success and failure alike", async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        const name = `life${++lifeNumber}`;
        const sides = await Promise.all(
          benches.map(async (bench) => {
            bench.things.stored.clear();
            const side: Side = { bench, program: undefined };
            const stack = await bench.stack(name, async () => side.program?.());
            return { side, stack };
          }),
        );
        for (const step of life) {
          if (benches.some(({ things }) => couldHang(step, things))) {
            cutShort += 1;
            return;
          }
          // One after the other: the SDK takes an error that nobody handles for one of every program that this process runs.
          const ends = [];
          for (const { side, stack } of sides) {
            const before = await exported(side.bench.service, name);
            side.bench.entries.length = 0;
            const ended = await perform(side, stack, step);
            const state = await exported(side.bench.service, name);
            assertInOrder(state);
            if (side.bench.entries.length > 0) await assertReplayed(before, side.bench.entries, state);
            ends.push({ ...ended, state: comparable(state), things: [...side.bench.things.stored].length });
          }
          const [journaled, plain] = ends;
          assert(journaled !== undefined && plain !== undefined);
          const { outcome, things } = journaled;
          assert.deepEqual(
            { outcome, things },
            { outcome: plain.outcome, things: plain.things },
            `with a journal: ${outcome}, ${things} things ${journaled.said}\nwith checkpoints: ${plain.outcome}, ${plain.things} things ${plain.said}`,
          );
          const mayDiffer =
            reference !== undefined && step.operation === "up-refresh" && outcome === "failed";
          if (mayDiffer && !isDeepStrictEqual(journaled.state, plain.state)) {
            engineDiffers += 1;
            return; // from here on the two stacks are not the same
          }
          assert.deepEqual(journaled.state, plain.state);
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true, includeErrorInReport: true },
    );
    if (cutShort > 0) console.log(`      ${cutShort} lives end where the engine could wait for ever`);
    if (engineDiffers > 0)
      console.log(`      in ${engineDiffers} lives the engine's own replayer differs from its checkpoints`);
  });

  async function assertReplayed(before: State, entries: readonly unknown[], after: State): Promise<void> {
    if (reference === undefined) return;
    const { state, refusal } = await reference.ask({ base: before.deployment, entries });
    assert.equal(refusal, undefined);
    assert.deepEqual(inNormalForm(after), inNormalForm(state));
  }
});

interface Side {
  readonly bench: Bench;
  /** That of the step which is being performed. */
  program: (() => Promise<void>) | undefined;
}

/** `said` is what the CLI said to a failure. */
type Outcome = { readonly outcome: "succeeded" | "failed"; readonly said: string };

async function perform(side: Side, stack: Stack, step: Step): Promise<Outcome> {
  const { things } = side.bench;
  const over = new AbortController();
  let running: Promise<void> | undefined;
  side.program = () => {
    running = register(step, things, over.signal);
    return running;
  };
  for (const at of step.drifted) {
    for (const id of things.ids(labelOf(at))) {
      things.stored.set(id, { ...things.stored.get(id), value: 9 });
    }
  }
  for (const at of step.gone) for (const id of things.ids(labelOf(at))) things.stored.delete(id);
  const quiet = { color: "never", suppressProgress: true } as const;
  // The engine deletes in no fixed order: where one deletion fails, what else was deleted by then differs by run,
  // unless it goes on with the rest.
  const how = { ...quiet, parallel: 1, continueOnError: !failsEarly(step) } as const;
  try {
    switch (step.operation) {
      case "up":
        await stack.up(how);
        break;
      case "up-refresh":
        await stack.up({ ...how, refresh: true });
        break;
      case "up-target":
        await stack.up({ ...how, target: ["**r1**", "**r2**"], targetDependents: true });
        break;
      case "refresh":
        await stack.refresh({ ...quiet, parallel: 1 });
        break;
      case "destroy":
        await stack.destroy(how);
        break;
      case "unprotect":
        await goodCli({ cwd: stack.workspace.workDir, env: side.bench.env }, [
          ...["state", "unprotect", "--all", "--yes", "--stack", stack.name],
        ]);
        break;
      default:
        step.operation satisfies never;
    }
    return { outcome: "succeeded", said: "" };
  } catch (error) {
    const text = String(error);
    if (/snapshot mismatch|panic|fatal|integrity|internal error/i.test(text)) throw error;
    return { outcome: "failed", said: text };
  } finally {
    // What is still under way in this program would count for the next one, as it is refused.
    over.abort();
    await running?.catch(() => undefined);
    await sleep(100);
  }
}
