import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Interrupted,
  type Interrupter,
  interrupter,
  type RunOptions,
} from "../../../../tests/helpers/interrupt-at.ts";
import { enginePath, openWorld, type StackOptions, type World } from "../../../../tests/helpers/world.ts";
import { assertQuiet } from "../../../../tests/leak/quiet.ts";
import { type HostedStack, hostStack } from "../../src/cli/engine/stack-host.ts";

/** A stack in a project folder, and `ws` behind proxies. Whatever it prints is searched for the canary. */
export interface WsStack {
  readonly world: World;
  readonly host: HostedStack;
  readonly root: string;
  /** Runs other programs of the repository behind the same proxies. */
  readonly cli: Interrupter;
  run(args: readonly string[], options?: RunOptions): Promise<Interrupted>;
  /** Ends with 0; gives standard output. */
  good(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Ends with 1; gives everything that it printed. */
  refused(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The text of `Pulumi.<stack>.yaml`. */
  file(stack?: string): string;
  close(): Promise<void>;
}

export { CANARY } from "../../../../tests/leak/marker.ts";

export async function wsStack(options: StackOptions): Promise<WsStack> {
  const world = await openWorld();
  const root = join(world.folder, options.project);
  mkdirSync(root);
  writeFileSync(join(root, "Pulumi.yaml"), `name: ${options.project}\nruntime: nodejs\n`);
  await world.stack(options);
  const cli: Interrupter = await interrupter(world);
  const { project, stack = "dev" } = options;
  const host = await hostStack({
    project,
    stack,
    organization: world.sandbox.description.pulumi.organization,
    root,
    engine: enginePath(),
    env: { ...world.env, PULUMI_BACKEND_URL: cli.pulumiUrl },
  });
  const run: WsStack["run"] = async (args, given) => {
    const ended = await cli.run([...args, "--root", root], given);
    assertQuiet(ended.stdout, ended.stderr);
    return ended;
  };
  const ends = (code: number) => async (args: readonly string[], given?: RunOptions) => {
    const ended = await run(args, given);
    assert.equal(ended.code, code, ended.stdout + ended.stderr);
    return code === 0 ? ended.stdout : ended.stdout + ended.stderr;
  };
  return {
    world,
    host,
    root,
    cli,
    run,
    good: ends(0),
    refused: ends(1),
    file: (stack = "dev") => readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8"),
    async close() {
      await host.close();
      await cli.close();
      await world.close();
    },
  };
}
