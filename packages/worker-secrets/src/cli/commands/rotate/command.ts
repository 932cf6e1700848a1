import { bindingNameFault } from "../../../compile/binding-name.ts";
import { type CommandModule, wrongUsage } from "../../terminal/command.ts";
import {
  days,
  onlyStandardInput,
  ROOT_OPTION,
  STACK_OPTION,
  webAddress,
} from "../../terminal/option-values.ts";
import type { RotateOptions } from "./options.ts";
import type { TokenOptions } from "./token.ts";

type Options = RotateOptions & TokenOptions & { readonly token?: boolean };

export const command: CommandModule = {
  register(program, run) {
    program
      .command("rotate")
      .description("Give a secret a new value and deploy it, or replace the deploy token without a gap.")
      .argument("[name]", "the secret")
      .option(...STACK_OPTION)
      .option("--worker <name>", "one Worker's own value")
      .option("--generate", "a random 256-bit key")
      .option(
        "--value <->",
        "'-' reads the new value from standard input; one line end at its end is not the value's",
        onlyStandardInput,
      )
      .option("--raw", "with --value -: the value may stand in quotes, or begin as NAME=")
      .option("--rotator", "have the fn::rotate that stands there make it")
      .option("--overlap", "keep the old value as NAME_PREVIOUS, in the same revision")
      .option("--end-overlap", "take NAME_PREVIOUS back")
      .option(
        "--detach",
        "store the value here although it comes from an import, a reference or a provider now",
      )
      .option(
        "--verify-url <url>",
        "an address of the Worker that has to answer (and to prove a PROOF_KEY)",
        webAddress,
      )
      .option("--no-up", "only store the value")
      .option("--token", "replace the deploy token instead")
      .option(
        "--platform [environment]",
        "make the token, by one that may (default: <project>/platform-cloudflare)",
      )
      .option("--expires <days>", "of a token that --platform makes (default: 90d)", days)
      .option("--json", "one JSON object on standard output")
      .option(...ROOT_OPTION)
      .addHelpText(
        "after",
        `
Without --generate, --value or --rotator the value is asked for, hidden, in a terminal. Run it again after an
interruption: what is stored and not deployed yet is deployed, and the old value of an overlap is never lost.

Exit codes: 0 done, 1 refused, the up failed, or not verified, 2 wrong usage, 130 interrupted.`,
      )
      .action((name: string | undefined, options: Options) =>
        run(
          async (signal) => {
            const fault = usageFault(name, options);
            if (fault !== undefined) return wrongUsage("rotate", fault);
            if (name === undefined) {
              const { runRotateToken } = await import("./token.ts");
              return runRotateToken(options, signal);
            }
            const { runRotate } = await import("./run.ts");
            return runRotate(name, options, signal);
          },
          { json: options.json },
        ),
      );
  },
};

/** What can't be meant together. */
function usageFault(name: string | undefined, options: Options): string | undefined {
  const { token = false, generate, value, rotator, endOverlap, overlap, platform, expires } = options;
  const { worker, verifyUrl, up, detach, raw } = options;
  if (!token && name === undefined) return "name a secret, or write --token";
  if (token && name !== undefined) return "name a secret or write --token, not both";
  // Not shown: it may be a value.
  if (name !== undefined && bindingNameFault(name) !== undefined)
    return "the first argument is no secret's name; values are never read from the command line";
  const ways = [generate, value !== undefined, rotator, endOverlap, platform !== undefined].filter(Boolean);
  if (ways.length > 1)
    return "--generate, --value, --rotator, --platform and --end-overlap exclude each other";
  if (overlap && endOverlap) return "--overlap and --end-overlap exclude each other";
  const ofSecrets = generate || rotator || overlap || endOverlap || detach || up === false;
  if (rotator && detach) return "--rotator and --detach exclude each other";
  if (token && (ofSecrets || worker !== undefined || verifyUrl !== undefined))
    return "--token takes --value or --platform";
  if (!token && platform !== undefined) return "--platform goes with --token";
  if (raw && value === undefined) return "--raw goes with --value -";
  if (expires !== undefined && platform === undefined) return "--expires goes with --token --platform";
  if (verifyUrl !== undefined && up === false) return "--verify-url and --no-up exclude each other";
  return undefined;
}
