import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { scriptNames } from "../../packages/worker-secrets/src/api/cloudflare-token.ts";
import { environmentsOf } from "../../packages/worker-secrets/src/api/pulumi-catalog.ts";
import { pulumiHistory } from "../../packages/worker-secrets/src/api/pulumi-history.ts";
import { proveWorker } from "../../packages/worker-secrets/src/cli/project/worker-proof.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import type { CliEnded } from "./cli-process.ts";
import { type Kill, planKill, type Situation } from "./kill-plan.ts";
import { type KillWorld, openKillWorld, PROJECT_NAME } from "./kill-world.ts";
import { makeLedger, startLedger } from "./ledger.ts";
import { isThere, type ProcessRow, processesBelow } from "./processes.ts";

/** What became of one kill. */
export interface KillResult extends Kill {
  readonly round: number;
  readonly stack: string;
  /** The call that it came after. */
  readonly at: string;
  /** How the killed `up` ended; one whose sandbox came back in time may succeed. */
  readonly up: "killed" | "failed" | "succeeded";
  /** The stack was still locked, and `pulumi cancel` freed it. */
  readonly cancelled: boolean;
  /** Of both halves, while it ran; none of them was lost. */
  readonly acknowledged: number;
  /** What did not hold afterwards; none in a good run. */
  readonly fault?: string;
}

export interface KillRun {
  readonly rounds: number;
  readonly seed: number;
  readonly onResult: (result: KillResult) => void;
}

const UP = ["up", "--yes", "--skip-preview", "--stack"];
const CANARY = "canary-";

/** Kills one process in the middle of an `up`, `rounds` times, and looks each time at what a repeat makes of it. */
export async function runKills({ rounds, seed, onResult }: KillRun): Promise<void> {
  const world = await openKillWorld();
  try {
    const keys = new Map<string, string>();
    const namespace = await makeLedger(world.sandbox());
    const prepare = async (situation: Situation, name: string): Promise<string> => {
      const key = `${CANARY}${randomUUID()}`;
      const latest = [...keys.keys()].at(-1);
      const stack = situation === "changed value" && latest !== undefined ? latest : name;
      if (stack === latest) await world.setSecret(stack, "PROOF_KEY", key);
      else await world.newStack(stack, { PROOF_KEY: key, TOP_SECRET: `${CANARY}${randomUUID()}` });
      keys.set(stack, key);
      return stack;
    };
    const calls = {
      "first up": await undisturbed(world, await prepare("first up", "s0")),
      "changed value": await undisturbed(world, await prepare("changed value", "s0")),
    };
    for (let round = 0; round < rounds; round++) {
      const kill = planKill(round, seed, calls);
      const stack = await prepare(kill.situation, `s${round + 1}`);
      const ledger = startLedger(world.sandbox, namespace);
      const killed = await killedUp(world, stack, kill);
      let acknowledged = 0;
      let cancelled = false;
      let fault: string | undefined;
      try {
        acknowledged = await ledger.check();
        await endedWithIt(killed.below);
        // What ended well is whole, whatever was killed beside it.
        if (killed.up === "succeeded") await good(world, "preview", "--expect-no-changes", "--stack", stack);
        cancelled = await converge(world, stack);
        await nothingElse(world, stack, keys);
      } catch (error) {
        fault = error instanceof Error ? error.message : String(error);
      }
      const { at, up } = killed;
      onResult({
        round,
        ...kill,
        stack,
        at,
        up,
        cancelled,
        acknowledged,
        ...(fault === undefined ? {} : { fault }),
      });
    }
  } finally {
    await world.close();
  }
}

/** An `up` that nobody disturbs; gives the number of its calls. */
async function undisturbed(world: KillWorld, stack: string): Promise<number> {
  let calls = 0;
  world.gate.onCall = () => {
    calls++;
  };
  await good(world, ...UP, stack);
  world.gate.onCall = undefined;
  return calls;
}

/** Runs an `up` and kills at the planned moment; a victim that is not there yet is waited for. */
async function killedUp(
  world: KillWorld,
  stack: string,
  kill: Kill,
): Promise<{ at: string; up: KillResult["up"]; below: readonly ProcessRow[] }> {
  const cli = world.start([...UP, stack]);
  let below: readonly ProcessRow[] = [];
  let over = false;
  let at = "";
  let calls = 0;
  let killing: Promise<void> | undefined;
  const end = async () => {
    await pause(kill.delay);
    for (;;) {
      if (over) return;
      const pid = victimOf(world, cli.child.pid, kill);
      // A sandbox's workerd has nobody who waits for it once its parent is gone.
      if (pid !== undefined && kill.victim === "sandbox") below = processesBelow(pid);
      if (pid !== undefined && signal(pid)) break;
      await pause(5);
    }
    // As whatever watches over it would.
    if (kill.victim === "sandbox") await world.restart();
  };
  world.gate.onCall = ({ method, path }) => {
    if (++calls !== kill.call) return;
    at = `${method} ${path.split("?")[0]}`;
    killing = end();
  };
  const done = await cli.ended;
  over = true;
  world.gate.onCall = undefined;
  await killing;
  quiet(done);
  const up = done.signal === "SIGKILL" ? "killed" : done.code === 0 ? "succeeded" : "failed";
  return { at, up, below };
}

function victimOf(world: KillWorld, engine: number | undefined, { victim }: Kill): number | undefined {
  if (victim === "engine") return engine;
  if (victim === "sandbox") return world.sandbox().child.pid;
  return world.processes().find(({ command }) => command.includes("@pulumi/pulumi/cmd/run"))?.pid;
}

function signal(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** What a person does: free the stack where it is locked, run `up` again. Then nothing is left to do. */
async function converge(world: KillWorld, stack: string): Promise<boolean> {
  const { pulumi } = world.sandbox().description;
  const history = pulumiHistory(pulumi, pulumi.organization, PROJECT_NAME, stack);
  const locked = (await history.running()) !== undefined;
  if (locked) await good(world, "cancel", "--yes", stack);
  await good(world, ...UP, stack);
  await good(world, "preview", "--expect-no-changes", "--stack", stack);
  return locked;
}

/** Exactly the declared Workers and Environments are there, the Worker holds what ESC holds, and no process is left. */
async function nothingElse(
  world: KillWorld,
  stack: string,
  keys: ReadonlyMap<string, string>,
): Promise<void> {
  const { cloudflare, pulumi, workers } = world.sandbox().description;
  const stacks = [...keys.keys()];
  const scriptOf = (name: string) => `worker-secrets-sample-${name}`;
  assert.deepEqual(
    (await scriptNames(cloudflare.url, cloudflare.accountId, cloudflare.token)).sort(),
    stacks.map(scriptOf).sort(),
    "the account's Workers",
  );
  assert.deepEqual(
    (await environmentsOf(pulumi, pulumi.organization, PROJECT_NAME)).sort(),
    stacks.flatMap((name) => Object.values(environmentNames(PROJECT_NAME, name))).sort(),
    "the project's Environments",
  );
  await proveWorker(workers.url, scriptOf(stack), keys.get(stack) ?? "", () => undefined);
  await noneLeft(() => world.processes());
}

/** What a killed sandbox had started ends with it. */
async function endedWithIt(below: readonly ProcessRow[]): Promise<void> {
  await noneLeft(() => below.filter(isThere));
}

async function noneLeft(look: () => ProcessRow[]): Promise<void> {
  let left = look();
  for (let looks = 0; left.length > 0 && looks < 100; looks++) {
    await pause(100);
    left = look();
  }
  assert.deepEqual(left, [], "processes are left");
}

async function good(world: KillWorld, ...args: readonly string[]): Promise<string> {
  const ended = await world.start(args).ended;
  quiet(ended);
  assert.equal(ended.code, 0, `pulumi ${args.join(" ")}\n${ended.text}`);
  return ended.text;
}

function quiet({ text }: CliEnded): void {
  assert.ok(!text.includes(CANARY), "a secret was printed");
}
