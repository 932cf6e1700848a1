import { rmSync } from "node:fs";
import { join } from "node:path";
import type { RunOptions } from "../../../../tests/helpers/interrupt-at.ts";
import { onCall } from "../../../../tests/helpers/on-call.ts";
import type { Bench } from "./true-words-bench.ts";

/** A run of a command or of a workflow's script. */
export type Call = { readonly args: readonly string[] } & RunOptions;

/** A command, at a state in which it has something to do. No row relies on what another one has left. */
export interface Row {
  readonly title: string;
  /** At how many calls a sample ends it. */
  readonly sample: number;
  /** It runs the engine, which takes most of the time. */
  readonly engine?: true;
  /** Brings about what every run of the row starts from, once. */
  readonly begin?: () => Promise<unknown>;
  /** Brings about the state that the next run starts from, whatever the run before it has left. */
  readonly prepare?: (round: number) => Promise<unknown>;
  /** `round` is a number that no other run has. */
  readonly run: (round: number) => Call;
  /** The exit codes that it may have undisturbed; by default 0 alone. */
  readonly codes?: readonly number[];
}

/** Every command that changes something, and those that report. `bench` is `dev`, deployed. */
export function rowsOn(bench: Bench): readonly Row[] {
  const promote: Call = { args: ["promote", "dev", "prod", "--yes"] };
  return [
    {
      title: "init",
      sample: 2,
      run: (round) => ({ args: ["init", `i${round}`, "--values", "-"], input: bench.values() }),
    },
    {
      title: "adopt",
      sample: 2,
      begin: () => bench.upload("legacy"),
      run: (round) => ({
        args: ["adopt", "legacy", "--stack", `a${round}`, "--values", "-", "--no-preview"],
        input: bench.values(),
      }),
    },
    {
      title: "dev --write",
      sample: 1,
      prepare: async () => rmSync(join(bench.root, "worker/.dev.vars"), { force: true }),
      run: () => ({ args: ["dev", "--write", "--stack", "dev"] }),
    },
    { title: "doctor", sample: 1, codes: [0, 1], run: () => ({ args: ["doctor", "--stack", "dev"] }) },
    { title: "drift", sample: 1, codes: [0, 1], run: () => ({ args: ["drift", "--stack", "dev"] }) },
    {
      title: "rotate --no-up",
      sample: 2,
      run: () => ({ args: ["rotate", "API_KEY", "--generate", "--no-up", "--stack", "dev"] }),
    },
    {
      title: "rotate",
      sample: 1,
      engine: true,
      run: () => ({ args: ["rotate", "TOP_SECRET", "--generate", "--stack", "dev"] }),
    },
    {
      title: "rotate --token",
      sample: 2,
      run: () => ({
        args: ["rotate", "--token", "--platform", "--stack", "dev"],
        env: { CLOUDFLARE_PLATFORM_TOKEN: bench.cloudflare.token },
      }),
    },
    {
      title: "stack.ts up",
      sample: 1,
      engine: true,
      prepare: async () => bench.edit(),
      run: () => bench.up("dev"),
    },
    {
      title: "promote",
      sample: 1,
      engine: true,
      prepare: async () => {
        bench.edit();
        await bench.deploy();
      },
      run: () => promote,
    },
    {
      title: "rollback",
      sample: 1,
      engine: true,
      begin: async () => {
        await bench.deploy();
        await bench.good(promote);
        bench.edit();
      },
      // The second version of `prod`, again where the run before went back to the first.
      prepare: async () => {
        await bench.deploy();
        await bench.good(promote);
      },
      run: () => ({ args: ["rollback", "--stack", "prod", "--yes"] }),
    },
    { title: "review.ts open", sample: 2, run: (round) => bench.review("open", String(round)) },
    {
      title: "teardown",
      sample: 1,
      engine: true,
      prepare: async () => {
        await bench.good(bench.review("open", "7"));
        await bench.good(bench.up("pr-7"));
      },
      run: () => ({ args: ["teardown", "--stack", "pr-7", "--yes", "pr-7"] }),
    },
    {
      title: "rotate beside an on-call deployment",
      sample: 1,
      engine: true,
      codes: [1],
      begin: () => rollBack(bench, "back"),
      run: () => ({ args: ["rotate", "API_KEY", "--generate", "--stack", "back"] }),
    },
    {
      title: "stack.ts up beside an on-call deployment",
      sample: 1,
      engine: true,
      codes: [1],
      begin: () => rollBack(bench, "behind"),
      run: () => bench.up("behind"),
    },
    {
      title: "stack.ts up without a protected Worker",
      sample: 1,
      engine: true,
      codes: [1],
      begin: () => bench.deployWith("kept", { ...both("kept"), prod: "true" }),
      prepare: async () => bench.configure("kept", { ...ONE, prod: "true" }),
      run: () => bench.up("kept"),
    },
    {
      title: "stack.ts up without one of two Workers",
      sample: 1,
      engine: true,
      prepare: async () => {
        await bench.deployWith("pair", both("pair"));
        bench.configure("pair", ONE);
      },
      run: () => bench.up("pair"),
    },
  ];
}

const ONE = { workers: ["worker"] };
const both = (stack: string) => ({
  workers: ["worker", { directory: "worker", name: "other", scriptName: `other-${stack}` }],
});

/** Makes a stack whose Worker somebody has rolled back, while the checkout's code is due. */
async function rollBack(bench: Bench, stack: string): Promise<void> {
  await bench.deployWith(stack, ONE);
  bench.edit();
  await bench.good(bench.up(stack));
  const somebody = onCall(bench.world, `sample-${stack}`);
  await somebody.deploy([{ id: await somebody.versionOf(1), percentage: 100 }]);
  bench.edit();
}
