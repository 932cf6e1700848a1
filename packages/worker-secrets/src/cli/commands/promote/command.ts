import { type CommandModule, wrongUsage } from "../../terminal/command.ts";
import { ROOT_OPTION, revision } from "../../terminal/option-values.ts";
import type { PromoteOptions } from "./run.ts";

type Options = PromoteOptions & { readonly stack?: string };

export const command: CommandModule = {
  register(program, run) {
    program
      .command("promote")
      .description("Bring the code and names that one stack runs to another, which keeps its own values.")
      .argument("<from>", "the stack that runs them")
      .argument("[to]", "the stack that gets them")
      .option("-s, --stack <name>", "TO, as an option; it is never taken from what is selected")
      .option(
        "--pin <revision>",
        "of the target's values: a number, a tag, or latest-number",
        revision,
        "latest-number",
      )
      .option("-y, --yes", "do not ask")
      .option("--no-up", "only write the pin into Pulumi.<to>.yaml, for a pull request")
      .option("--json", "one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
The checkout has to bundle to what FROM runs (by content hash), with the same static assets, declared names and variables of
FROM. Missing values of TO are refused. The review lists names and hashes, never values.

Exit codes: 0 done, 1 refused, not confirmed, or the up failed, 2 wrong usage, 130 interrupted
(run it again).`,
      )
      .action((from: string, named: string | undefined, options: Options) =>
        run(
          async (signal) => {
            const to = named ?? options.stack;
            if (to === undefined) return wrongUsage("promote", "name the stack that gets them: TO");
            if (options.stack !== undefined && options.stack !== to)
              return wrongUsage("promote", `two targets are named: ${to} and --stack ${options.stack}`);
            const { runPromote } = await import("./run.ts");
            return runPromote(from, to, options, signal);
          },
          { json: options.json },
        ),
      );
  },
};
