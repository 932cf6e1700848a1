import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { goodCli } from "./pulumi-cli-harness.ts";
import { type Bench, openBench } from "./pulumi-journal-harness.ts";
import { failsEarly, labelOf, lives, register, type Step } from "./pulumi-journal-programs.ts";
import { assertInOrder, comparable, exported } from "./pulumi-journal-states.ts";

/** How many random lives are compared. More, and others, by `JOURNAL_RUNS=200 JOURNAL_SEED=N npm test -- journal-random`. */
const RUNS = Number(process.env.JOURNAL_RUNS ?? 3);
/**
 * The same in every run of the tests: seed -1548046141 has a life in which a refresh that fails leaves a journal without
 * a reference (`parent`, `deletedWith`) to a resource that comes later in the list, which a checkpoint keeps.
 */
const SEED = Number(process.env.JOURNAL_SEED ?? 20261123);

/** The real engine runs each program twice: with a journal, which the sandbox replays, and with whole checkpoints. */
describe("sandbox, Pulumi half: journals of random programs", function () {
  this.timeout(60_000 + RUNS * 60_000);
  let benches: readonly Bench[];
  let lifeNumber = 0;
  before(async () => {
    benches = await Promise.all([openBench({ journals: true }), openBench({ journals: false })]);
  });
  after(async () => {
    for (const bench of benches ?? []) await bench.close();
  });

  it("leave the state that checkpoints leave, after success and failure alike", async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        const name = `life${++lifeNumber}`;
        const sides = await Promise.all(
          benches.map(async (bench) => {
            bench.things.stored.clear();
            const side: Side = { bench, step: undefined };
            const stack = await bench.stack(name, async () => side.step && register(side.step, bench.things));
            return { side, stack };
          }),
        );
        for (const step of life) {
          const [journaled, plain] = await Promise.all(
            sides.map(async ({ side, stack }) => {
              const outcome = await perform(side, stack, step);
              const state = await exported(side.bench.service, name);
              assertInOrder(state);
              return { outcome, state: comparable(state), things: [...side.bench.things.stored].length };
            }),
          );
          assert.deepEqual(journaled, plain);
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env.JOURNAL_RUNS === undefined },
    );
  });
});

interface Side {
  readonly bench: Bench;
  step: Step | undefined;
}

async function perform(side: Side, stack: Stack, step: Step): Promise<"succeeded" | "failed"> {
  side.step = step;
  const { things } = side.bench;
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
    return "succeeded";
  } catch (error) {
    const text = String(error);
    if (/snapshot mismatch|panic|fatal|integrity|internal error/i.test(text)) throw error;
    return "failed";
  }
}
