import { addValueOptions, VALUES_HELP, valueUsageFault } from "../../project/values/options.ts";
import { type CommandModule, wrongUsage } from "../../terminal/command.ts";
import { ROOT_OPTION } from "../../terminal/option-values.ts";
import type { InitOptions } from "./run.ts";

export const command: CommandModule = {
  register(program, run) {
    const init = program
      .command("init")
      .description(
        "Create a stack's three ESC Environments and the stack, and store every value that it needs.",
      )
      .argument("[stack]", "the stack; default: the selected one, or the only one with a config file")
      .option("-s, --stack <name>", "the same, as an option");
    addValueOptions(init)
      .option(
        "--from-worker <SCRIPT>",
        "compare with the secrets that a deployed Worker has (names; values can't be read)",
      )
      .option("--dry-run", "say what would be done; write nothing")
      .option("--json", "one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `${VALUES_HELP}

The token is verified against the account first: with a bad one nothing is stored. Repeat it whenever something is
missing: it asks for that alone, and mends a deleted or half-made Environment.

Exit codes: 0 done, 1 refused, or it failed, 2 wrong usage, 130 interrupted (run it again).`,
      )
      .action((stack: string | undefined, options: InitOptions) =>
        run(
          async (signal) => {
            if (stack !== undefined && options.stack !== undefined && stack !== options.stack)
              return wrongUsage("init", `two stacks are named: ${stack} and --stack ${options.stack}`);
            const fault = valueUsageFault(options);
            if (fault !== undefined) return wrongUsage("init", fault);
            const { runInit } = await import("./run.ts");
            return runInit(stack, options, signal);
          },
          { json: options.json },
        ),
      );
  },
};
