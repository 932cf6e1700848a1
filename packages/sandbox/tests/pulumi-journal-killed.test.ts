import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { after, before, describe, it } from "mocha";
import { goodCli, runCli } from "./pulumi-cli-harness.ts";
import { type Bench, openBench } from "./pulumi-journal-harness.ts";
import { Thing } from "./pulumi-journal-programs.ts";
import { assertInOrder, comparable, exported, type State } from "./pulumi-journal-states.ts";

/** A CLI that is killed while a resource is being made, once with a journal and once with checkpoints. */
describe("sandbox, Pulumi half: a killed CLI", function () {
  this.timeout(180_000);
  let benches: readonly Bench[];
  before(async () => {
    benches = await Promise.all([openBench({ journals: true }), openBench({ journals: false })]);
  });
  after(async () => {
    for (const bench of benches ?? []) await bench.close();
  });

  const program = async () => {
    const first = new Thing("first", { label: "first", value: 1 });
    new Thing("second", { label: "second", value: 1, from: first.out });
  };

  /** Runs the program until `second` is being made, and does `then` with the CLI while it waits. */
  async function interrupted(bench: Bench, stack: Stack, then: () => Promise<unknown>): Promise<void> {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      bench.things.beforeCreate = async (inputs) => {
        if (inputs.label !== "second") return;
        resolve();
        await released;
      };
    });
    const running = stack.up({ color: "never" });
    running.catch(() => {});
    await reached;
    await then();
    release();
    await assert.rejects(running);
    bench.things.beforeCreate = async () => {};
  }

  const labels = (state: State) =>
    (state.deployment.resources ?? []).map(({ urn }) => urn.split("::").at(-1) ?? "");
  const place = (bench: Bench, stack: Stack) => ({ cwd: stack.workspace.workDir, env: bench.env });

  async function both<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
    const [journaled, plain] = await Promise.all(benches.map(work));
    assert.deepEqual(journaled, plain);
    assert(journaled !== undefined);
    return journaled;
  }

  it("leaves the operation that was under way as a pending one; cancel frees the stack", async () => {
    await both(async (bench) => {
      const stack = await bench.stack("killed", program);
      await interrupted(bench, stack, async () => process.kill(bench.pid(), "SIGKILL"));
      const state = await exported(bench.service, "killed");
      assertInOrder(state);
      assert.deepEqual(
        state.deployment.pending_operations?.map(({ type, resource: { urn } }) => [
          type,
          urn.split("::").at(-1),
        ]),
        [["creating", "second"]],
      );
      assert.equal(labels(state).includes("first"), true);
      const locked = await runCli(place(bench, stack), ["refresh", "--yes", "--stack", stack.name]);
      assert.match(locked.stderr + locked.stdout, /Another update is currently in progress/);
      await goodCli(place(bench, stack), ["cancel", "--yes", stack.name]);
      // Cancelling changes nothing of the state.
      assert.deepEqual(comparable(await exported(bench.service, "killed")), comparable(state));
      const again = await stack.up({ color: "never" });
      assert.match(again.stdout + again.stderr, /interrupted while creating/i);
      const after = await exported(bench.service, "killed");
      assert.deepEqual(labels(after).includes("second"), true);
      await stack.refresh({ color: "never", clearPendingCreates: true });
      const cleared = await exported(bench.service, "killed");
      assert.equal(cleared.deployment.pending_operations, undefined);
      return [state, after, cleared].map(comparable);
    });
  });

  it("loses its lease after five minutes, with the same state left", async () => {
    await both(async (bench) => {
      const stack = await bench.stack("lapsed", program);
      await interrupted(bench, stack, async () => process.kill(bench.pid(), "SIGKILL"));
      const state = await exported(bench.service, "lapsed");
      bench.service.advance(301);
      assert.deepEqual(comparable(await exported(bench.service, "lapsed")), comparable(state));
      assert.deepEqual(
        (await stack.history()).map(({ result }) => result),
        ["failed"],
      );
      await stack.destroy({ color: "never" });
      const destroyed = await exported(bench.service, "lapsed");
      assert.deepEqual(labels(destroyed), []);
      return [state, destroyed].map(comparable);
    });
  });

  it("may also be interrupted: it ends its step and completes the update itself", async () => {
    await both(async (bench) => {
      const stack = await bench.stack("interrupted", program);
      await interrupted(bench, stack, async () => {
        process.kill(bench.pid(), "SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 500));
      });
      const state = await exported(bench.service, "interrupted");
      assertInOrder(state);
      return comparable(state);
    });
  });
});
