import assert from "node:assert/strict";
import { openWorld, type World } from "../../tools/bench/world.ts";
import { enginePath } from "../helpers/world.ts";

/** Sent every so often, however little happens. */
const BY_THE_CLOCK = /\/events\/batch$/;

/** What the bare CLI and the program ask for stacks of more and more Workers. */
describe("remote calls over the number of Workers", function () {
  this.timeout(180_000);
  let world: World;
  before(async () => {
    world = await openWorld(enginePath());
  });
  after(() => world?.close());

  /** Calls to Pulumi Cloud and to Cloudflare of one command. */
  async function calls(work: () => Promise<unknown>): Promise<{ pulumi: number; cloudflare: number }> {
    await world.calls();
    await work();
    const seen = (await world.calls()).filter(({ path }) => !BY_THE_CLOCK.test(path));
    const cloudflare = seen.filter(({ path }) => path.startsWith("/client/v4/")).length;
    return { pulumi: seen.length - cloudflare, cloudflare };
  }

  it("grow by three for each Worker in a preview without a change, and by none at the service", async () => {
    const counts = [];
    for (const size of [1, 3, 9]) {
      const project = await world.workers(`calls-${size}`, size, 4);
      const first = await calls(() => project.pulumi("up", "--yes", "--skip-preview"));
      const preview = await calls(() => project.pulumi("preview", "--expect-no-changes"));
      counts.push({ size, first, preview });
    }
    const [one, three, nine] = counts;
    assert.ok(one !== undefined && three !== undefined && nine !== undefined);
    assert.equal(one.preview.cloudflare, 4); // the account's subdomain; what the Worker has, who deployed it, its versions
    assert.equal(three.preview.cloudflare - one.preview.cloudflare, 2 * 3);
    assert.equal(nine.preview.cloudflare - three.preview.cloudflare, 6 * 3);
    assert.deepEqual([three.preview.pulumi, nine.preview.pulumi], [one.preview.pulumi, one.preview.pulumi]);
    const perWorker = (three.first.cloudflare - one.first.cloudflare) / 2;
    assert.equal((nine.first.cloudflare - three.first.cloudflare) / 6, perWorker);
    assert.ok(perWorker <= 7, `${perWorker} calls for each new Worker`);
  });
});
