import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { BoundHost } from "../src/workers/bound/host.ts";

const DRAIN_MS = 20;

describe("the workerd of bound Workers, when what runs in it changes", () => {
  const stopped: string[] = [];
  const bound = () => {
    stopped.length = 0;
    const host = new BoundHost(async ({ fingerprint }: { fingerprint: string }) => {
      const stop = async () => void stopped.push(fingerprint);
      return { address: async () => new URL("http://localhost"), headersFor: () => ({}), stop };
    }, DRAIN_MS);
    host.change({ fingerprint: "old" });
    return host;
  };

  it("cuts off a request that takes longer than the drain time", async () => {
    const host = bound();
    await host.lease();
    host.change({ fingerprint: "new" });
    await host.lease();
    assert.deepEqual(stopped, ["old"]);
  });

  for (const requests of [0, 1])
    it(`never cuts off the API's own use of the data, beside ${requests} requests`, async () => {
      const host = bound();
      const data = await host.lease({ keep: true });
      for (let request = 0; request < requests; request++) await host.lease();
      host.change({ fingerprint: "new" });
      const next = host.lease();
      await wait(5 * DRAIN_MS);
      assert.deepEqual(stopped, []);
      data.release();
      await next;
      assert.deepEqual(stopped, ["old"]);
    });

  it("ends at once when its last user has gone", async () => {
    const host = bound();
    const [one, two] = [await host.lease(), await host.lease({ keep: true })];
    host.change({ fingerprint: "new" });
    one.release();
    two.release();
    await host.lease();
    assert.deepEqual(stopped, ["old"]);
  });
});
