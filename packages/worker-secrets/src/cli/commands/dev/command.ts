import { type CommandModule, wrongUsage } from "../../terminal/command.ts";
import { ROOT_OPTION, STACK_OPTION } from "../../terminal/option-values.ts";
import { isOwnCommand } from "./dev-command.ts";
import type { DevOptions } from "./run.ts";

export const command: CommandModule = {
  register(program, run) {
    program
      .command("dev")
      .description(
        "Run 'wrangler dev', or a command of your own, with the stack's secrets and nothing on disk; --write makes a .dev.vars.",
      )
      .argument("[args...]", "after --: options for wrangler dev, or another command (vite dev, npm run dev)")
      .option(...STACK_OPTION)
      .option("-w, --worker <name>", "which Worker, where the stack has several")
      .option("--ignore", "do not read .dev.vars and .env, instead of stopping where one would win")
      .option("--write", "write .dev.vars, for the owner alone and only if git ignores it, and run nothing")
      .option("--force", "with --write: over a file that holds other names too")
      .option("--json", "with --write: one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
A command of your own is looked for in node_modules/.bin first. The child gets the Worker's secrets and a short list of other variables; no token and no account id of either cloud.

Exit codes: the child's own; with --write 0 done, 1 something is in the way. Always 2 wrong usage,
130 interrupted.`,
      )
      .action((args: string[], options: DevOptions) =>
        run(
          async (signal) => {
            const alone = (["force", "json"] as const).find((name) => options[name] && !options.write);
            if (alone !== undefined) return wrongUsage("dev", `--${alone} goes with --write`);
            if (options.write && args.length > 0)
              return wrongUsage("dev", "--write runs no command, so nothing can be passed to one");
            if (options.ignore && isOwnCommand(args))
              return wrongUsage(
                "dev",
                "--ignore is for wrangler dev; another command reads .dev.vars as it likes",
              );
            const { runDev } = await import("./run.ts");
            return runDev(args, options, signal);
          },
          { json: options.json },
        ),
      );
  },
};
