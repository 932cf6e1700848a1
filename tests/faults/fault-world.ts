import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { cloudVariables } from "../../packages/worker-secrets/tests/commands/stack-project.ts";
import { type Ended, type Running, runNode } from "../helpers/process.ts";
import { GOOD, workerFolder } from "../helpers/worker-folder.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

/** Marks every value. */
export const CANARY = "canary-";

export const PROJECT_NAME = "faulty";

/** A project folder beside a sandbox whose calls can go wrong, and the commands in it. */
export interface FaultWorld {
  readonly world: World;
  readonly root: string;
  /** Writes the config file of a stack that is not there yet. */
  declare(stack: string): void;
  /** `ws` with its arguments. */
  ws(args: readonly string[], input?: string): Promise<Ended>;
  /** An `up` in a process of its own. */
  startUp(stack: string, env?: Readonly<Record<string, string>>): Running;
  /** What a preview says is to be done: `same` alone when it is nothing. */
  preview(stack: string): Promise<string[]>;
  /** `pulumi cancel`. */
  cancel(stack: string): Promise<void>;
  close(): Promise<void>;
}

export async function openFaultWorld(): Promise<FaultWorld> {
  const world = await openWorld();
  const root = join(world.folder, PROJECT_NAME);
  mkdirSync(root);
  writeFileSync(join(root, "Pulumi.yaml"), `name: ${PROJECT_NAME}\nruntime: nodejs\n`);
  const directory = workerFolder(root, "worker", GOOD);
  const hosts = new Map<string, HostedStack>();
  const hostOf = async (stack: string): Promise<HostedStack> => {
    const host =
      hosts.get(stack) ??
      (await hostStack({
        project: PROJECT_NAME,
        stack,
        organization: world.sandbox.description.pulumi.organization,
        root,
        engine: enginePath(),
        env: world.env,
      }));
    hosts.set(stack, host);
    return host;
  };
  const ws = join(import.meta.dirname, "../../packages/worker-secrets/src/cli/ws.ts");
  return {
    world,
    root,
    declare(stack) {
      const config = { "worker-secrets:workers": [directory] };
      writeFileSync(join(root, `Pulumi.${stack}.yaml`), stringify({ config }));
    },
    ws: (args, input) => runNode([ws, ...args, "--root", root], cloudVariables(world), input).ended,
    startUp: (stack, env = {}) =>
      runNode([join(import.meta.dirname, "hosted-up.ts"), "--root", root, "--stack", stack], {
        ...cloudVariables(world),
        ...env,
      }),
    preview: async (stack) => Object.keys((await (await hostOf(stack)).preview()).changes),
    cancel: async (stack) => (await hostOf(stack)).automation.cancel(),
    async close() {
      for (const host of hosts.values()) await host.close();
      await world.close();
    },
  };
}
