import assert from "node:assert/strict";
import { WorkerdPool } from "../src/workers/pool.ts";
import type { Workerd } from "../src/workers/workerd.ts";

interface Fake extends Workerd {
  loaded: number;
  stopped: boolean;
}

function fakes(): { readonly all: Fake[]; readonly start: () => Promise<Workerd> } {
  const all: Fake[] = [];
  const start = async (): Promise<Workerd> => {
    const fake: Fake = {
      loaded: 0,
      stopped: false,
      address: () => Promise.reject(new Error("unused")),
      headersFor: () => ({}),
      validate: () => Promise.reject(new Error("unused")),
      isolates: () => fake.loaded,
      async stop() {
        fake.stopped = true;
      },
    };
    all.push(fake);
    return fake;
  };
  return { all, start };
}

const settle = () => new Promise((done) => setTimeout(done, 5));

describe("sandbox/workers: workerd by workerd", () => {
  it("starts one, and only when it is needed", async () => {
    const { all, start } = fakes();
    const pool = new WorkerdPool(start, 3);
    assert.equal(all.length, 0);
    const leases = await Promise.all([pool.lease(), pool.lease()]);
    assert.equal(all.length, 1);
    for (const lease of leases) lease.release();
    await pool.close();
    assert.equal(all[0]?.stopped, true);
    await assert.rejects(pool.lease(), /stopping/);
  });

  it("replaces a full one, and stops it with its last user", async () => {
    const { all, start } = fakes();
    const pool = new WorkerdPool(start, 3);
    const first = await pool.lease();
    const [old] = all;
    assert.ok(old);
    old.loaded = 3;
    const second = await pool.lease();
    await settle();
    assert.equal((await pool.lease()).workerd, all[1]);
    first.release();
    first.release();
    assert.equal(old.stopped, false);
    second.release();
    assert.equal(old.stopped, true);
    await pool.close();
    assert.equal(all[1]?.stopped, true);
  });

  it("drops one that hangs at once", async () => {
    const { all, start } = fakes();
    const pool = new WorkerdPool(start, 3);
    const { workerd } = await pool.lease();
    await pool.abandon(workerd);
    assert.equal(all[0]?.stopped, true);
    assert.equal((await pool.lease()).workerd, all[1]);
    await pool.close();
  });

  it("tries again after a failed start", async () => {
    const { all, start } = fakes();
    let failing = true;
    const pool = new WorkerdPool(() => (failing ? Promise.reject(new Error("no workerd")) : start()), 3);
    await assert.rejects(pool.lease(), /no workerd/);
    failing = false;
    await pool.lease();
    assert.equal(all.length, 1);
    await pool.close();
  });
});
