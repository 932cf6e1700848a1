import assert from "node:assert/strict";
import fc from "fast-check";
import { runsFrom, seedFrom } from "../../packages/esc/tests/differential/random.ts";
import { openWorld, type World } from "../helpers/world.ts";
import { EVERYTHING, firstValues, histories, runUp, settle, steps } from "./commands.ts";
import { Model } from "./model.ts";
import { assertBound, Real } from "./real.ts";

/** Most have a Worker from the start: without one, half of the commands make no sense. */
const BEGINS = ["up", "up", "up", "nothing"] as const;

/**
 * Random lives of one stack, on the real engine, workerd and both APIs, beside a model of what has to be true. More, and
 * longer ones: `HISTORIES=50 HISTORY_LENGTH=60 npm test -- histories`. A failure prints its seed and its shortest history;
 * `HISTORY_SEED=N HISTORY_PATH=P HISTORY_REPLAY=R` (seed, path and replayPath of the report) runs that one again.
 */
describe("random histories of a stack", function () {
  const runs = runsFrom("HISTORIES", 1);
  const length = runsFrom("HISTORY_LENGTH", 40);
  const seed = seedFrom("HISTORY_SEED");
  const { HISTORY_PATH: path, HISTORY_REPLAY: replay } = process.env;
  // Shrinking a failure takes as many runs again.
  const minutes = 4 + runs * 2;
  this.timeout((minutes + 4) * 60_000);

  let world: World;
  let number = 0;
  const { CLOUDFLARE_API_TOKEN: outside } = process.env;
  before(async () => {
    world = await openWorld();
    // The stand-ins take it from this process, where an engine with plugins of its own gets it out of ESC.
    process.env.CLOUDFLARE_API_TOKEN = world.sandbox.description.cloudflare.token;
  });
  after(async () => {
    const counts = [...steps].sort().map(([kind, count]) => `${count} ${kind}`);
    const total = [...steps.values()].reduce((sum, count) => sum + count, 0);
    console.log(`      ${number} histories, ${total} steps: ${counts.join(", ")}`);
    if (outside === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
    else process.env.CLOUDFLARE_API_TOKEN = outside;
    await world?.close();
  });

  it(`after every up the Worker has what is declared, and nothing is left to do (HISTORY_SEED=${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...BEGINS), histories(length, replay), async (begins, commands) => {
        const model = new Model();
        const real = await Real.open(world, `history-${++number}`, model, firstValues(model));
        try {
          if (begins === "up") await runUp(model, real);
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await settle(model, real);
        } finally {
          await real.close();
        }
      }),
      {
        seed,
        numRuns: runs,
        includeErrorInReport: true,
        interruptAfterTimeLimit: minutes * 60_000,
        ...(path === undefined ? {} : { path }),
      },
    );
    assert.ok(number >= runs, `only ${number} of ${runs} histories ran`);
  });

  it("one with everything in it: each change is deployed, each loss refused or told, each edit undone", async () => {
    const model = new Model();
    const real = await Real.open(world, "history-everything", model, firstValues(model));
    try {
      await fc.asyncModelRun(() => ({ model, real }), EVERYTHING);
    } finally {
      await real.close();
    }
  });

  it("a rollback does not go back behind a destroy, nor of a stack that is destroyed (found by them)", async () => {
    const model = new Model();
    const real = await Real.open(world, "history-destroyed", model, firstValues(model));
    try {
      await runUp(model, real);
      await real.destroy();
      model.destroyed();
      const refused = async (reason: RegExp) => {
        const { code, stdout } = await real.rollback();
        assert.equal(code, 1, stdout);
        assert.match(stdout, reason);
      };
      await refused(/no update of the stack ended well since it was destroyed/);
      await runUp(model, real);
      await refused(/no earlier update ran with other code or other values/);
      assertBound(await real.see(), model.worker);
    } finally {
      await real.close();
    }
  });
});
