import type { CommandModule } from "../../terminal/command.ts";
import { ROOT_OPTION, STACK_OPTION, version } from "../../terminal/option-values.ts";
import type { RollbackOptions } from "./run.ts";

export const command: CommandModule = {
  register(program, run) {
    program
      .command("rollback")
      .description("Deploy the code and the values that the stack ran with before its last change.")
      .option(...STACK_OPTION)
      .option(
        "--to <version>",
        "a version of 'pulumi stack history'; default: the last one that differed",
        version,
      )
      .option("--code-only", "go back with code and values, although the static assets are this checkout's")
      .option("-y, --yes", "do not ask")
      .option("--json", "one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
The code is the one that the state of that update holds; the values are those of its revision, which is pinned in
Pulumi.<stack>.yaml. Bindings, variables and settings stay those of the checkout. Static assets are kept nowhere: those of
the checkout have to be the ones of that version, else nothing is changed unless --code-only. A repeat finds itself done.

Exit codes: 0 done, 1 refused, not confirmed, or the up failed, 2 wrong usage, 130 interrupted
(run it again).`,
      )
      .action((options: RollbackOptions) =>
        run(
          async (signal) => {
            const { runRollback } = await import("./run.ts");
            return runRollback(options, signal);
          },
          { json: options.json },
        ),
      );
  },
};
