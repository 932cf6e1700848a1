import { addValueOptions, VALUES_HELP, valueUsageFault } from "../../project/values/options.ts";
import { type CommandModule, wrongUsage } from "../../terminal/command.ts";
import { ROOT_OPTION } from "../../terminal/option-values.ts";
import type { AdoptOptions } from "./run.ts";

export const command: CommandModule = {
  register(program, run) {
    const many = (value: string, before: string[] = []) => [...before, value];
    const adopt = program
      .command("adopt")
      .description(
        "Take an existing Worker under the stack's management: nothing that it has is lost unless you name it.",
      )
      .argument("<script>", "the Worker's name in the account")
      .option("-s, --stack <name>", "the stack")
      .option("--worker <name>", "the stack's own name for it, where several are listed")
      .option("--directory <dir>", "folder of its wrangler file; added to 'workers' where it is not listed")
      .option("--external <NAME>", "a secret that somebody else goes on setting; may be repeated", many)
      .option("--drop <NAME>", "something it has that may go; may be repeated", many);
    addValueOptions(adopt)
      .option("--no-preview", "do not run 'pulumi preview' at the end")
      .option("--dry-run", "compare and tell; write nothing")
      .option("--json", "one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `${VALUES_HELP}

Writes the Worker's entry in Pulumi.<stack>.yaml and the values into ESC, and deploys nothing.

Exit codes: 0 adopted (or, with --dry-run, nothing stands in the way), 1 something would be lost, or it failed,
2 wrong usage, 130 interrupted (run it again).`,
      )
      .action((script: string, options: AdoptOptions) =>
        run(
          async (signal) => {
            const fault = valueUsageFault(options);
            if (fault !== undefined) return wrongUsage("adopt", fault);
            const { runAdopt } = await import("./run.ts");
            return runAdopt(script, options, signal);
          },
          { json: options.json },
        ),
      );
  },
};
