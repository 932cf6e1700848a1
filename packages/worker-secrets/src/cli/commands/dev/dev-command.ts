import { devNull } from "node:os";
import type { WorkerConfig } from "../../../compile/wrangler/worker-config.ts";

/** What runs the Worker on this machine. */
export interface DevCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** More variables than the child's environment has. */
  readonly env: Readonly<Record<string, string>>;
  readonly shownAs: string;
}

type Config = Pick<WorkerConfig, "configFile" | "environment" | "wrangler">;

/**
 * The command that `ws dev` starts. Pure. What follows `--` is a command of the project's own (`vite dev`, `npm run dev`) where it begins
 * with a word, and options of `wrangler dev` where it begins with a dash.
 *
 * @param ignore - with wrangler: `.dev.vars` and `.env` are not read
 */
export function devCommand(
  args: readonly string[],
  config: Config,
  { ignore }: { readonly ignore: boolean },
): DevCommand {
  const [file = "", ...rest] = args;
  return isOwnCommand(args)
    ? {
        file,
        args: rest,
        // Tools on top of wrangler, as Cloudflare's Vite plugin, have no option for the block, and read this.
        env: config.environment === undefined ? {} : { CLOUDFLARE_ENV: config.environment },
        shownAs: "the given command",
      }
    : wranglerDev(args, config, ignore);
}

/** Whether what follows `--` is a command, and no list of options for `wrangler dev`. */
export function isOwnCommand([first = "-"]: readonly string[]): boolean {
  return !first.startsWith("-");
}

function wranglerDev(
  args: readonly string[],
  { configFile, environment, wrangler }: Config,
  ignore: boolean,
): DevCommand {
  return {
    file: process.execPath,
    args: [
      wrangler.script,
      "dev",
      ...(configFile === undefined || names(args, "--config", "-c") ? [] : ["--config", configFile]),
      ...(environment === undefined || names(args, "--env", "-e") ? [] : ["--env", environment]),
      // A file that is named replaces .dev.vars and .env; an empty one leaves the environment alone.
      ...(ignore && !names(args, "--env-file") ? ["--env-file", devNull] : []),
      ...args,
    ],
    env: {},
    shownAs: "wrangler dev",
  };
}

function names(args: readonly string[], ...options: readonly string[]): boolean {
  return args.some((arg) => options.some((option) => arg === option || arg.startsWith(`${option}=`)));
}
