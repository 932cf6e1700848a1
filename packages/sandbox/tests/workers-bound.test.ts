import assert from "node:assert/strict";
import { BoundHost } from "../src/workers/bound/host.ts";
import { planBound, type Traits, traitsOf } from "../src/workers/bound/plan.ts";
import { statements } from "../src/workers/bound/statements.ts";
import type { LiveScript, QueueConsumer, RuntimeBinding } from "../src/workers/index.ts";
import type { Running } from "../src/workers/running.ts";
import { live, runnable, versionOf } from "./workers-harness.ts";

const NO_STORES = { kv: new Set<string>(), d1: new Set<string>(), r2: new Set<string>() };

function plan(scripts: Readonly<Record<string, LiveScript>>, consumers: readonly QueueConsumer[] = []) {
  const map = new Map(Object.entries(scripts));
  const traits = (name: string, version: string): Traits => {
    const script = map.get(name);
    assert.ok(script);
    return traitsOf(script.load(version));
  };
  return planBound(map, traits, consumers, NO_STORES);
}

function script(...bindings: readonly RuntimeBinding[]): LiveScript {
  return live({ source: "", bindings });
}

const service = (name: string): RuntimeBinding => ({ name, type: "service", service: name });
const KV: RuntimeBinding = { name: "KV", type: "kv_namespace", namespaceId: "1" };

describe("sandbox/workers: which versions run bound", () => {
  const names = (found: ReturnType<typeof plan>) => found.workers.map((one) => one.script);

  it("takes those with bindings, and what they refer to", () => {
    const scripts = {
      light: script(),
      a: script(service("b")),
      b: script(service("c")),
      c: script(),
      d: script({ name: "D", type: "durable_object_namespace", className: "X", scriptName: "owner" }),
      owner: script(),
      lost: script(service("nobody")),
    };
    assert.deepEqual(names(plan(scripts)), ["a", "b", "c", "d", "lost", "owner"]);
  });

  it("ends with Workers that refer to each other", () => {
    assert.deepEqual(names(plan({ a: script(service("b")), b: script(service("a")) })), ["a", "b"]);
  });

  it("takes consumers of queues, if they are deployed", () => {
    const consumers = ["light", "nobody"].map((name) => ({ queueName: name, script: name }));
    const found = plan({ light: script() }, consumers);
    assert.deepEqual(names(found), ["light"]);
    assert.deepEqual(found.consumers, consumers.slice(0, 1));
  });

  it("names the version with the most traffic after the script", () => {
    const sample = { source: "", bindings: [KV] };
    const versions = [versionOf("v1", 10, sample), versionOf("v2", 90, sample)];
    const found = plan({ split: { ...live(sample), versions, load: () => runnable(sample) } });
    assert.deepEqual(
      found.workers.map(({ version, isPrimary }) => [version, isPrimary]),
      [
        ["v2", true],
        ["v1", false],
      ],
    );
  });

  it("tells a change that matters from one that does not", () => {
    const bound = script(KV);
    const before = plan({ bound, light: script() }).fingerprint;
    assert.equal(plan({ bound: { ...bound, enabled: false }, light: script() }).fingerprint, before);
    assert.notEqual(plan({ bound: script(KV) }).fingerprint, before);
  });
});

interface Fake extends Running {
  readonly plan: string;
  stopped: boolean;
}

function fakes() {
  const all: Fake[] = [];
  const start = async ({ fingerprint }: { readonly fingerprint: string }): Promise<Fake> => {
    await new Promise((done) => setTimeout(done, 1));
    if (fingerprint === "bad") throw new Error("no workerd");
    assert.ok(
      all.every(({ stopped }) => stopped),
      "two at once",
    );
    const fake: Fake = {
      plan: fingerprint,
      stopped: false,
      address: () => Promise.reject(new Error("unused")),
      headersFor: () => ({}),
      async stop() {
        fake.stopped = true;
      },
    };
    all.push(fake);
    return fake;
  };
  return { all, host: new BoundHost(start, 50) };
}

describe("sandbox/workers: one bound workerd after the other", () => {
  it("starts when it is needed, and again only on a change", async () => {
    const { all, host } = fakes();
    host.change({ fingerprint: "a" });
    assert.equal(all.length, 0);
    (await host.lease()).release();
    host.change({ fingerprint: "a" });
    (await host.lease()).release();
    assert.equal(all.length, 1);
    host.change({ fingerprint: "b" });
    assert.equal((await host.lease()).workerd.plan, "b");
    await host.close();
    assert.ok(all.every(({ stopped }) => stopped));
    await assert.rejects(host.lease(), /stopping/);
  });

  it("lets who is there finish, and whoever comes wait", async () => {
    const { all, host } = fakes();
    host.change({ fingerprint: "a" });
    const old = await host.lease();
    host.change({ fingerprint: "b" });
    const next = host.lease();
    await new Promise((done) => setTimeout(done, 10));
    assert.equal(all[0]?.stopped, false);
    old.release();
    assert.equal((await next).workerd.plan, "b");
    // Who does not finish is not waited for any longer.
    host.change({ fingerprint: "c" });
    assert.equal((await host.lease()).workerd.plan, "c");
    await host.close();
  });

  it("serves who waits although changes never end", async () => {
    const { host } = fakes();
    let going = true;
    let count = 0;
    const changing = (async () => {
      while (going) {
        host.change({ fingerprint: String(count++) });
        await new Promise((done) => setImmediate(done));
      }
    })();
    for (let round = 0; round < 20; round++) (await host.lease()).release();
    going = false;
    await changing;
    await host.close();
  });

  it("says why it does not start, and does with the next change", async () => {
    const { host } = fakes();
    host.change({ fingerprint: "bad" });
    await assert.rejects(host.lease(), /no workerd/);
    host.change({ fingerprint: "good" });
    (await host.lease()).release();
    await host.close();
  });

  it("drops one that hangs at once", async () => {
    const { all, host } = fakes();
    host.change({ fingerprint: "a" });
    const { workerd } = await host.lease();
    await host.abandon(workerd);
    assert.equal(all[0]?.stopped, true);
    assert.notEqual((await host.lease()).workerd, workerd);
    await host.close();
  });
});

describe("sandbox/workers: statements of an SQL text", () => {
  const rows: readonly [string, readonly string[]][] = [
    ["SELECT 1", ["SELECT 1"]],
    ["SELECT 1; SELECT ';' ;", ["SELECT 1", "SELECT ';'"]],
    [" ; -- nothing; at all\n /* ; */ ;", []],
    ['SELECT "a;b", [c;d], `e;f` -- ;\n; SELECT 2', ['SELECT "a;b", [c;d], `e;f` -- ;', "SELECT 2"]],
    [
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END; SELECT 4",
      ["CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END", "SELECT 4"],
    ],
    ["SELECT 'it''s;'; SELECT 'open;", ["SELECT 'it''s;'", "SELECT 'open;"]],
  ];
  for (const [sql, expected] of rows) it(sql, () => assert.deepEqual(statements(sql), expected));
});
