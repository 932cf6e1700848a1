import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { after, before, describe, it } from "mocha";
import { type CliPlace, jsonCli, transcript } from "./pulumi-cli-harness.ts";
import { type Bench, openBench } from "./pulumi-journal-harness.ts";
import { Thing } from "./pulumi-journal-programs.ts";
import { exported } from "./pulumi-journal-states.ts";

/** The CLI's commands about resources; what wants a program is run by the Automation API, the rest by the bare CLI. */
describe("sandbox, Pulumi half: the CLI's resources", function () {
  this.timeout(240_000);
  let bench: Bench;
  let stack: Stack;
  let place: CliPlace;
  let value = 1;
  before(async () => {
    bench = await openBench({ journals: true });
    stack = await bench.stack("res", async () => {
      const one = new Thing("one", { label: "one", value });
      new Thing("two", { label: "two", value: 2, from: one.out });
    });
    place = { cwd: stack.workspace.workDir, env: bench.env };
  });
  after(() => bench?.close());

  const on = ["--stack", "acme/shop/res"];
  const urn = (name: string, at = "res") => `urn:pulumi:${at}::shop::testing:index:Thing::${name}`;
  const things = async (at = "res") =>
    Object.fromEntries(
      ((await exported(bench.service, at)).deployment?.resources ?? [])
        .filter(({ type }) => type === "testing:index:Thing")
        .map((found) => [found.urn.split("::").at(-1), found]),
    );

  it("previews and updates, and finds nothing to do then", async () => {
    assert.deepEqual((await stack.preview({ color: "never" })).changeSummary, { create: 3 });
    assert.deepEqual(Object.keys(await things()), []);
    assert.deepEqual((await stack.up({ color: "never" })).summary.resourceChanges, { create: 3 });
    assert.deepEqual(Object.keys(await things()), ["one", "two"]);
    assert.deepEqual((await stack.preview({ color: "never", expectNoChanges: true })).changeSummary, {
      same: 3,
    });
    value = 5;
    assert.deepEqual((await stack.up({ color: "never" })).summary.resourceChanges, { same: 1, update: 2 });
    const preview = await jsonCli<{ changeSummary: object }>(place, [
      "destroy",
      "--preview-only",
      "--json",
      ...on,
    ]);
    assert.deepEqual(preview.changeSummary, { delete: 3 });
  });

  it("refreshes: what changed elsewhere is seen, what went is dropped", async () => {
    const [id] = bench.things.ids("one");
    bench.things.stored.set(id ?? "", { label: "one", value: 7 });
    await transcript(place, [
      { run: ["refresh", "--preview-only", ...on], says: [/~\s+testing:index:Thing one/, /1 to update/] },
      { run: ["refresh", "--yes", "--expect-no-changes", ...on], code: 7 },
      { run: ["refresh", "--yes", ...on], says: [/3 unchanged/] },
    ]);
    assert.deepEqual((await things()).one?.outputs, { label: "one", out: "read 7", value: 7 });
    bench.things.stored.delete(id ?? "");
    await transcript(place, [{ run: ["refresh", "--yes", ...on], says: [/-\s+testing:index:Thing one/] }]);
    const left = await things();
    assert.deepEqual(Object.keys(left), ["two"]);
    // What it depended on is gone, and no longer named.
    assert.equal(left.two?.dependencies, undefined);
    await stack.up({ color: "never" });
    assert.deepEqual(Object.keys(await things()), ["one", "two"]);
  });

  it("protects, unprotects, renames, deletes and moves in the state", async () => {
    await transcript(place, [
      { run: ["state", "protect", urn("one"), "--yes", ...on], says: [/1 resources protected/] },
      { run: ["destroy", "--yes", ...on], code: 1, says: [/protect/] },
      { run: ["state", "delete", urn("one"), "--yes", ...on], code: 1, says: [/protect|depend/] },
      {
        run: ["state", "unprotect", urn("one"), "--yes", ...on],
        says: [/1 resources unprotected|unprotected/],
      },
      { run: ["state", "rename", urn("two"), "second", "--yes", ...on] },
      { run: ["state", "delete", urn("nothing"), "--yes", ...on], code: 1, says: [/No such resource/] },
      { run: ["state", "taint", urn("one"), "--yes", ...on] },
      { run: ["state", "untaint", urn("one"), "--yes", ...on] },
    ]);
    assert.deepEqual(Object.keys(await things()).sort(), ["one", "second"]);
    await transcript(place, [
      { run: ["stack", "init", "acme/shop/dest", "--no-select"] },
      {
        run: [
          "state",
          "move",
          "--source",
          "acme/shop/res",
          "--dest",
          "acme/shop/dest",
          "--yes",
          urn("second"),
        ],
        says: [/Successfully moved/],
      },
    ]);
    assert.deepEqual(Object.keys(await things()), ["one"]);
    const moved = await things("dest");
    assert.equal(moved.second?.urn, urn("second", "dest"));
    await transcript(place, [
      { run: ["state", "delete", urn("second", "dest"), "--yes", "--stack", "acme/shop/dest"] },
      { run: ["stack", "rm", "acme/shop/dest", "--yes", "--force"] },
    ]);
  });

  it("imports what is there already", async () => {
    const id = bench.things.store({ label: "three", value: 3 });
    // `pulumi import` wants a language host, even when it writes no code: this import is the program's own.
    const importing = (name: string, from: string) =>
      bench.stack("res", async () => {
        new Thing(name, { label: "three", value: 3 }, { import: from });
      });
    const good = await importing("three", id);
    assert.equal(
      (await good.up({ color: "never", target: [urn("three")] })).summary.resourceChanges?.import,
      1,
    );
    const { three } = await things();
    assert.deepEqual([three?.id, three?.importID, three?.inputs], [id, id, { label: "three", value: 3 }]);
    const bad = await importing("four", "no-such-id");
    await assert.rejects(bad.up({ color: "never", target: [urn("four")] }), /does not exist/);
    assert.equal((await things()).four, undefined);
  });

  it("cancels what runs, and nothing else", async () => {
    await transcript(place, [
      { run: ["cancel", "--yes", "acme/shop/res"], code: 1, says: [/already completed/] },
    ]);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      bench.things.beforeCreate = async () => {
        resolve();
        await released;
      };
    });
    const other = await bench.stack(
      "busy",
      async () => new Thing("slow", { label: "slow", value: 1 }) && undefined,
    );
    const running = other.up({ color: "never" });
    running.catch(() => {});
    await reached;
    await transcript(place, [
      { run: ["stack", "--stack", "acme/shop/busy"], says: [/Update in progress/] },
      {
        run: ["destroy", "--yes", "--stack", "acme/shop/busy"],
        code: 1,
        says: [/Another update is currently in progress/],
      },
      { run: ["cancel", "--yes", "acme/shop/busy"], says: [/has been canceled/] },
    ]);
    release();
    await assert.rejects(running);
    bench.things.beforeCreate = async () => {};
  });

  it("destroys one resource, then all, and the stack with them", async () => {
    await transcript(place, [
      { run: ["destroy", "--yes", "--target", urn("three"), ...on], says: [/1 deleted/] },
      { run: ["destroy", "--yes", "--remove", ...on], says: [/history and configuration removed/] },
      { run: ["stack", "history", ...on], code: 6 },
    ]);
    assert.deepEqual(bench.things.ids("one"), []);
  });
});
