import type { CommandModule } from "../../terminal/command.ts";
import { ROOT_OPTION, STACK_OPTION } from "../../terminal/option-values.ts";
import type { TeardownOptions } from "./run.ts";

export const command: CommandModule = {
  register(program, run) {
    program
      .command("teardown")
      .description("Destroy a stack, remove it and its Environments, and prove that nothing is left.")
      .option(...STACK_OPTION)
      .option("-y, --yes <name>", "the stack's name, in the place of the question")
      .option("--protected", "also what is protected, and production")
      .option("--also <name...>", "also these resources of your own in the program, by name or URN")
      .option("--keep-values", "keep <stack>-secrets and <stack>-cloudflare")
      .option("--remove-config", "remove Pulumi.<stack>.yaml too")
      .option("--json", "one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
Resources that your program declares beside the Workers stay, and with them the stack and its Environments, unless --also names
them. Run it again after an interruption: it goes on where it was. After a killed engine, free the stack first: pulumi cancel.

Exit codes: 0 gone, 1 refused, or something is left, 2 wrong usage, 130 interrupted.`,
      )
      .action((options: TeardownOptions) =>
        run(
          async (signal) => {
            const { runTeardown } = await import("./run.ts");
            return runTeardown(options, signal);
          },
          { json: options.json },
        ),
      );
  },
};
