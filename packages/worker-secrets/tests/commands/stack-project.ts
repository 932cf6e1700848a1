import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, type Running, runNode } from "../../../../tests/helpers/process.ts";
import type { StackOptions, World } from "../../../../tests/helpers/world.ts";
import type { HostedStack } from "../../src/cli/engine/stack-host.ts";

/** A project folder whose stack has its Environments, and `ws` to run in it. */
export interface WsProject {
  readonly root: string;
  /** The Worker's folder. */
  readonly directory: string;
  readonly host: HostedStack;
  start(...args: string[]): Running;
  /** Runs `ws` to its end. */
  ws(...args: string[]): Promise<Ended>;
}

const MODULES = join(import.meta.dirname, "../../../../node_modules");

/** What a command is told of the clouds: the login, and where they are. The deploy token comes out of ESC. */
export function cloudVariables(world: World): Record<string, string> {
  const { pulumi, cloudflare } = world.sandbox.description;
  return {
    PULUMI_BACKEND_URL: pulumi.url,
    PULUMI_ACCESS_TOKEN: pulumi.token,
    CLOUDFLARE_BASE_URL: cloudflare.url,
    PULUMI_HOME: join(world.folder, "home"),
    NO_COLOR: "1",
    WRANGLER_SEND_METRICS: "false",
  };
}

export async function wsProject(
  world: World,
  options: StackOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<WsProject> {
  const host = await world.stack(options);
  const root = join(world.folder, options.project);
  writeFileSync(join(root, "Pulumi.yaml"), `name: ${options.project}\nruntime: nodejs\n`);
  symlinkSync(MODULES, join(root, "node_modules"));
  const command = join(import.meta.dirname, "../../src/cli/ws.ts");
  const start = (...args: string[]) => {
    const split = args.indexOf("--");
    const [own, passed] = split < 0 ? [args, []] : [args.slice(0, split), args.slice(split)];
    return runNode([command, ...own, "--root", root, "--stack", options.stack ?? "dev", ...passed], {
      ...cloudVariables(world),
      ...env,
    });
  };
  return { root, directory: join(root, "worker"), host, start, ws: (...args) => start(...args).ended };
}
