import assert from "node:assert/strict";
import { after, before } from "mocha";
import type { QueueConsumer, WorkersRuntime } from "../src/workers/index.ts";
import { newFolder, removeFolder } from "./cloudflare-harness.ts";
import { ask, eventually, live, type Sample, startOn } from "./workers-harness.ts";

/** Writes down what it gets in a KV namespace, so that it is there after a restart too. */
const NOTES = { name: "NOTES", type: "kv_namespace", namespaceId: "notes" } as const;

const PRODUCER: Sample = {
  source: `export default { async fetch(r, { JOBS }) {
    const { messages, ...options } = await r.json();
    try { await JOBS.sendBatch(messages, options); } catch (error) { return new Response(error.message, { status: 400 }); }
    return new Response("sent");
  } };`,
  bindings: [{ name: "JOBS", type: "queue", queueName: "jobs" }],
};

const CONSUMER: Sample = {
  source: `export default { async queue(batch, { NOTES }) {
    for (const message of batch.messages) {
      await NOTES.put([batch.queue, JSON.stringify(message.body), message.attempts].join(" "), String(batch.messages.length));
      if (message.body.fails) message.retry();
      else message.ack();
    }
  } };`,
  handlers: ["queue"],
  bindings: [NOTES],
};

const FAST: QueueConsumer = {
  queueName: "jobs",
  script: "consumer",
  maxBatchSize: 2,
  maxBatchTimeout: 0,
  maxRetries: 1,
};

describe("sandbox/workers: events", () => {
  const folder = newFolder();
  let runtime: WorkersRuntime;
  const start = async () => {
    runtime = await startOn(folder, { eager: true });
  };
  before(start);
  after(async () => {
    await runtime.close();
    removeFolder(folder);
  });
  const send = (body: unknown) =>
    ask(runtime, "producer.localhost", "/", { method: "POST", body: JSON.stringify(body) });
  const notes = async () => (await runtime.data.kv("notes").list()).keys.map(({ name }) => name);
  const noted = (what: string) =>
    eventually(what, async () => ((await notes()).includes(what) ? true : undefined));

  it("keeps messages until there is a consumer, through a restart", async () => {
    runtime.deploy("producer", live(PRODUCER));
    assert.equal((await send({ messages: [{ body: { n: 1 } }] })).text, "sent");
    await runtime.data.queue("jobs").send({ text: "from the API" });
    assert.equal(await runtime.data.queue("jobs").count(), 2);
    await runtime.close();
    await start();
    runtime.deploy("producer", live(PRODUCER));
    runtime.deploy("consumer", live(CONSUMER));
    runtime.consumers([FAST]);
    await noted('jobs {"n":1} 1');
    await noted('jobs "from the API" 1');
    await eventually("an empty queue", async () =>
      (await runtime.data.queue("jobs").count()) === 0 ? true : undefined,
    );
  });

  it("tries again what fails, and then hands it to the dead letter queue", async () => {
    runtime.consumers([{ ...FAST, deadLetterQueue: "dead" }]);
    await send({ messages: [{ body: { n: 2, fails: true } }, { body: { n: 3 } }] });
    await noted('jobs {"n":2,"fails":true} 2');
    await eventually("a dead letter", async () =>
      (await runtime.data.queue("dead").count()) === 1 ? true : undefined,
    );
    assert.ok(!(await notes()).includes('jobs {"n":3} 2'));
    await runtime.data.queue("dead").purge();
    assert.equal(await runtime.data.queue("dead").count(), 0);
  });

  it("holds a delayed message back", async () => {
    await send({ messages: [{ body: { n: 4 } }], delaySeconds: 600 });
    await send({ messages: [{ body: { n: 5 } }] });
    await noted('jobs {"n":5} 1');
    assert.equal(await runtime.data.queue("jobs").count(), 1);
  });

  it("gives up on a message whose consumer never comes back", async () => {
    const stuck: Sample = {
      source: `export default { async queue(batch, { NOTES }) {
        for (const { body, attempts } of batch.messages) {
          await NOTES.put("stuck " + JSON.stringify(body) + " " + attempts, "");
          while (body.loops);
        }
      } };`,
      handlers: ["queue"],
      bindings: [NOTES],
    };
    await runtime.close();
    runtime = await startOn(folder, { eager: true, hangMs: 500 });
    runtime.deploy("producer", live(PRODUCER));
    runtime.deploy("consumer", live(stuck));
    runtime.consumers([{ ...FAST, queueName: "loops", deadLetterQueue: "dead" }]);
    await runtime.data.queue("loops").send({ json: { loops: true } });
    await eventually("a dead letter", async () => {
      const count = await runtime.data
        .queue("dead")
        .count()
        .catch(() => 0);
      return count === 1 ? true : undefined;
    });
    const seen = (await notes()).filter((name) => name.startsWith("stuck"));
    assert.deepEqual(seen, ['stuck {"loops":true} 1', 'stuck {"loops":true} 2']);
    runtime.consumers([FAST]);
  });

  it("refuses what Cloudflare's queues do", async () => {
    const large = await send({ messages: [{ body: "x".repeat(128_001) }] });
    assert.match(large.text, /exceeds limit of 128000/);
    const late = await send({ messages: [{ body: 1 }], delaySeconds: 86_401 });
    assert.match(late.text, /delay 86401/);
    const type = await send({ messages: [{ body: 1, contentType: "text" }] });
    assert.match(type.text, /requires a value of type string/);
    await assert.rejects(runtime.data.queue("jobs").send({ text: "x".repeat(128_001) }), /exceeds limit/);
  });

  it("gives a queue's messages to a Worker that has assets as well", async () => {
    const assets = {
      files: new Map([["/index.html", { hash: "h", size: 2 }]]),
      read: () => Buffer.from("hi"),
      config: {},
    };
    runtime.deploy("consumer", live({ ...CONSUMER, assets }));
    await send({ messages: [{ body: { n: 6 } }] });
    await noted('jobs {"n":6} 1');
    assert.equal((await ask(runtime, "consumer.localhost")).text, "hi");
  });

  it("wakes Durable Objects by their alarms after a restart", async () => {
    const alarming: Sample = {
      source: `import { DurableObject } from "cloudflare:workers";
        export class Clock extends DurableObject {
          set() { return this.ctx.storage.setAlarm(Date.now() + 1500); }
          alarm() { return this.env.NOTES.put("alarm", "1"); }
        }
        export default { async fetch(r, { CLOCK }) { await CLOCK.getByName("a").set(); return new Response("set"); } };`,
      bindings: [NOTES, { name: "CLOCK", type: "durable_object_namespace", className: "Clock" }],
      durableObjects: [{ className: "Clock", sqlite: true, namespaceId: "clock" }],
      classes: ["Clock"],
    };
    runtime.deploy("alarming", live(alarming));
    assert.equal((await ask(runtime, "alarming.localhost")).text, "set");
    await runtime.close();
    await start();
    runtime.deploy("alarming", live(alarming));
    await noted("alarm");
  });

  const CRON: Sample = {
    source: `let last = "never";
      export default {
        scheduled(c) { if (c.cron === "bad") throw new Error("no"); last = c.cron + " " + c.scheduledTime; },
        fetch: () => new Response(last),
      };`,
    handlers: ["fetch", "scheduled"],
  };
  const at = new Date("2026-01-02T03:04:00Z");

  for (const [kind, bindings] of Object.entries({ light: [], bound: [NOTES] })) {
    it(`fires a cron of a ${kind} Worker`, async () => {
      runtime.deploy(kind, live({ ...CRON, bindings }, { crons: ["4 3 * * *"] }));
      assert.deepEqual(await runtime.fireCron(kind, undefined, at), { outcome: "ok", noRetry: false });
      assert.equal((await ask(runtime, `${kind}.localhost`)).text, `4 3 * * * ${at.getTime()}`);
      const door = `/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&time=${at.getTime()}`;
      assert.deepEqual(await ask(runtime, `${kind}.localhost`, door), { status: 200, text: "ok" });
      assert.equal((await ask(runtime, `${kind}.localhost`)).text, `* * * * * ${at.getTime()}`);
      assert.deepEqual(await ask(runtime, `${kind}.localhost`, "/cdn-cgi/handler/scheduled?cron=bad"), {
        status: 500,
        text: "exception",
      });
    });
  }

  it("says why a cron can't be fired", async () => {
    runtime.deploy("deaf", live({ source: "export default { fetch() {} };" }));
    assert.deepEqual(await runtime.fireCron("deaf"), { outcome: "no-handler" });
    assert.deepEqual(await runtime.fireCron("nobody"), { outcome: "not-deployed" });
    assert.equal((await ask(runtime, "deaf.localhost", "/cdn-cgi/handler/scheduled?time=x")).status, 400);
  });
});
