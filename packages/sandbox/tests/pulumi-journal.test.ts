import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import {
  type CallOptions,
  createStack,
  type Service,
  STACK,
  type Started,
  start,
  startService,
} from "./pulumi-harness.ts";
import { exported } from "./pulumi-journal-states.ts";

const URN = (name: string) => `urn:pulumi:dev::shop::testing:index:Thing::${name}`;
const resource = (name: string, more: object = {}) => ({
  urn: URN(name),
  custom: true,
  id: name,
  type: "testing:index:Thing",
  ...more,
});

/** What the protocol promises, without an engine. */
describe("sandbox, Pulumi half: journals", () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());
  beforeEach(async () => {
    service.advance(3600);
    await service.call("DELETE", `${STACK}?force=true`);
    await createStack(service);
  });

  const begin = (sequence: number, operation: number, name?: string, type = "creating") => ({
    version: 1,
    kind: 0,
    sequenceID: sequence,
    operationID: operation,
    removeOld: null,
    removeNew: null,
    ...(name === undefined ? {} : { operation: { resource: resource(name), type } }),
  });
  const success = (sequence: number, operation: number, name: string, more: object = {}) => ({
    version: 1,
    kind: 1,
    sequenceID: sequence,
    operationID: operation,
    removeOld: null,
    removeNew: null,
    state: resource(name),
    ...more,
  });
  const send = (update: Started, entries: readonly object[], options: CallOptions = update.lease) =>
    service.call("PATCH", `${update.path}/journalentries`, { entries }, options);
  const journaled = () => start(service, "update", false, true);
  const end = (update: Started, status: string) =>
    service.call("POST", `${update.path}/complete`, { status }, update.lease);
  const names = async (at = "dev") =>
    ((await exported(service, at)).deployment?.resources ?? []).map(({ id }) => id);
  const pending = async () =>
    ((await exported(service, "dev")).deployment.pending_operations ?? []).map(
      ({ resource: { id }, type }) => `${type} ${id}`,
    );

  it("are taken up when the client offers them, and the sandbox may", async () => {
    const offer = async (on: Service) => {
      const created = await on.call("POST", `${STACK}/update`, {});
      return on.call("POST", `${STACK}/update/${String(created.body.updateID)}`, { journalVersion: 1 });
    };
    assert.equal((await offer(service)).body.journalVersion, 1);
    const without = await startService({ journals: false });
    try {
      await createStack(without);
      assert.equal("journalVersion" in (await offer(without)).body, false);
    } finally {
      await without.close();
    }
  });

  it("are for the version that is known, and for updates that write", async () => {
    const created = await service.call("POST", `${STACK}/update`, {});
    const path = `${STACK}/update/${String(created.body.updateID)}`;
    assert.equal("journalVersion" in (await service.call("POST", path, { journalVersion: 2 })).body, false);
    const dry = await start(service, "preview", true, true);
    const refused = await send(dry, [begin(1, 1)]);
    assert.deepEqual(
      [refused.status, refused.body.message],
      [400, "Bad Request: the update was started without a journal"],
    );
  });

  it("make the state in the order of their numbers, in whatever order and however often they come", async () => {
    const update = await journaled();
    const entries = [
      begin(1, 1, "a"),
      success(2, 1, "a"),
      begin(3, 2, "b"),
      success(4, 2, "b", { state: resource("b", { dependencies: [URN("a")] }) }),
    ];
    for (const entry of entries.toReversed()) {
      assert.equal((await send(update, [entry])).status, 204);
      assert.equal((await send(update, [entry, entry])).status, 204);
    }
    await end(update, "succeeded");
    assert.deepEqual(await names(), ["a", "b"]);
    assert.deepEqual(await pending(), []);
  });

  it("show the state so far, and keep it over a restart", async () => {
    const update = await journaled();
    await send(update, [begin(1, 1, "a"), success(2, 1, "a"), begin(3, 2, "b")]);
    for (const _ of ["running", "restarted"]) {
      assert.deepEqual([await names(), await pending()], [["a"], ["creating b"]]);
      await service.restart();
    }
    await send(update, [success(4, 2, "b")]);
    await end(update, "succeeded");
    assert.deepEqual([await names(), await pending()], [["a", "b"], []]);
  });

  for (const [how, finish] of [
    ["a failure", (update: Started) => end(update, "failed")],
    ["a cancel", (update: Started) => service.call("POST", `${update.path}/cancel`)],
    ["a lost lease", async () => service.advance(301)],
  ] as const) {
    it(`leave what was done, and what was under way, after ${how}`, async () => {
      const update = await journaled();
      await send(update, [begin(1, 1, "a"), success(2, 1, "a"), begin(3, 2, "b"), begin(4, 3)]);
      await finish(update);
      assert.deepEqual([await names(), await pending()], [["a"], ["creating b"]]);
      const { body } = await service.call("GET", `${STACK}/resources/count`);
      assert.equal(body.resourceCount, 1);
      assert.equal((await send(update, [success(5, 2, "b")])).status, 403);
      // The stack is not empty: it is not removed without force.
      assert.equal((await service.call("DELETE", STACK)).status, 400);
      // An unresolved creation stays until it is resolved; the next update starts from there.
      const next = await journaled();
      await send(next, [success(1, 1, "a", { removeOld: 0 })]);
      await end(next, "succeeded");
      assert.deepEqual([await names(), await pending()], [["a"], ["creating b"]]);
    });
  }

  it("count positions in the state that the update began with", async () => {
    const first = await journaled();
    await send(
      first,
      ["a", "b", "c", "d"].map((name, at) => success(at + 1, at + 1, name)),
    );
    await end(first, "succeeded");
    const second = await journaled();
    await send(second, [
      success(1, 1, "c", { removeOld: 2 }),
      { ...success(2, 2, "a"), state: undefined, removeOld: 0 },
      success(3, 3, "e", { deleteOld: 1 }),
      success(4, 4, "f"),
      { ...success(5, 5, "f"), state: undefined, pendingReplacementOld: 3, removeNew: 4 },
      success(6, 6, "g", { deleteNew: 3 }),
    ]);
    await end(second, "succeeded");
    const { deployment } = await exported(service, "dev");
    assert.deepEqual(
      deployment.resources?.map((found) => [
        found.id,
        found.delete ?? false,
        found.pendingReplacement ?? false,
      ]),
      [
        ["c", false, false],
        ["e", true, false],
        ["g", false, false],
        ["b", true, false],
        ["d", false, true],
      ],
    );
  });

  it("pass over what they can't know: another operation's resource, a position beyond the state", async () => {
    const update = await journaled();
    const lost = { removeNew: 77, deleteNew: 78, pendingReplacementNew: 79, removeOld: 99 };
    await send(update, [success(1, 1, "a"), success(2, 2, "b", lost)]);
    await end(update, "succeeded");
    assert.deepEqual(await names(), ["a", "b"]);
  });

  it("keep numbers and texts byte for byte", async () => {
    const update = await journaled();
    const text = `{"version":1,"kind":1,"sequenceID":1,"operationID":1,"removeOld":null,"removeNew":null,"state":{"urn":"${URN("a")}","custom":true,"type":"t","inputs":{"big":12345678901234567890,"small":1.0,"text":"\\u003c\\"],}"}}}`;
    await service.call("PATCH", `${update.path}/journalentries`, `{"entries":[${text}]}`, update.lease);
    await end(update, "succeeded");
    const { text: state } = await service.call("GET", `${STACK}/export`);
    assert.equal(
      state.includes('{"big":12345678901234567890,"small":1.0,"text":"\\u003c\\"],}"}'),
      true,
      state,
    );
  });

  it("name the engine that wrote the state, by a manifest that engines accept", async () => {
    const created = await service.call("POST", `${STACK}/update`, {});
    const path = `${STACK}/update/${String(created.body.updateID)}`;
    const headers = { "user-agent": "pulumi-cli/1 (v3.259.0; linux; cmd=up)" };
    const { body } = await service.call("POST", path, { journalVersion: 1 }, { headers });
    const update = { path, version: 1, lease: { authorization: `update-token ${String(body.token)}` } };
    await send(update, [success(1, 1, "a")]);
    await end(update, "succeeded");
    const { manifest } = (await exported(service, "dev")).deployment;
    assert.equal(manifest.version, "v3.259.0");
    // printf v3.259.0 | sha256sum
    assert.equal(manifest.magic, "ab35920a3077459b09dd1a3f7ddc28df4e3efc81b3240013bb6906688abc684d");
  });

  it("refuse what could not be replayed, all faults at once, and keep nothing of it", async () => {
    const update = await journaled();
    const refused = await send(update, [
      success(1, 1, "a"),
      { ...begin(0, 1), version: 2 },
      { ...begin(2, 1), kind: 10 },
      { ...begin(3, 1), kind: 5 },
    ]);
    assert.equal(refused.status, 400);
    for (const fault of [
      "entries.1.version",
      "entries.1.sequenceID",
      "entries.2.kind",
      "entries.3.newSnapshot",
    ]) {
      assert.match(String(refused.body.message), new RegExp(fault.replaceAll(".", "\\.")));
    }
    await end(update, "failed");
    assert.deepEqual(await names(), []);
  });

  it("have a batch that is too large halved: 413; one large entry is taken", async () => {
    const update = await journaled();
    const large = (sequence: number) =>
      success(sequence, sequence, `r${sequence}`, {
        state: resource(`r${sequence}`, { inputs: { text: "x".repeat(5 * 1024 * 1024) } }),
      });
    const refused = await send(update, [large(1), large(2)]);
    assert.deepEqual([refused.status, refused.body.code], [413, 413]);
    for (const sequence of [1, 2]) assert.equal((await send(update, [large(sequence)])).status, 204);
    const huge = success(3, 3, "huge", {
      state: resource("huge", { inputs: { text: "x".repeat(9_000_000) } }),
    });
    assert.equal((await send(update, [huge])).status, 204);
    await end(update, "succeeded");
    assert.deepEqual(await names(), ["r1", "r2", "huge"]);
  });

  it("don't mix with checkpoints, and want the update's own token", async () => {
    const update = await journaled();
    const checkpoint = { version: 3, deployment: { resources: [] } };
    const refused = await service.call("PATCH", `${update.path}/checkpoint`, checkpoint, update.lease);
    assert.equal(refused.status, 400);
    assert.equal((await send(update, [begin(1, 1)], {})).status, 401);
    const other = await start(service, "preview", true);
    assert.equal((await send(update, [begin(1, 1)], other.lease)).status, 403);
  });

  it("leave nothing of an operation that failed, or of a resource that went again", async () => {
    const update = await journaled();
    await send(update, [success(1, 1, "a"), { ...success(2, 2, "b"), state: undefined, removeNew: 1 }]);
    await send(update, [begin(3, 3, "c"), { ...begin(4, 3), kind: 2 }]);
    await end(update, "failed");
    assert.deepEqual([await names(), await pending()], [[], []]);
  });
});
