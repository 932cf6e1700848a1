import type { Command } from "commander";
import { onlyStandardInput } from "../../terminal/option-values.ts";
import type { ValueOptions } from "./sources.ts";

/** The options by which values come in; the same for every command that takes them. */
export function addValueOptions(command: Command): Command {
  const many = (value: string, before: string[] = []) => [...before, value];
  return command
    .option(
      "--values <->",
      "'-' reads them from standard input: NAME=VALUE lines by dotenv's rules, or one JSON object",
      onlyStandardInput,
    )
    .option("--raw", "with --values -: lines are taken as they stand, quotes and '#' included")
    .option(
      "--from-dev-vars <[WORKER=]FILE>",
      "an existing .dev.vars, read as wrangler reads it; may be repeated",
      many,
    )
    .option(
      "--from-vars <ENVIRONMENT>",
      "an existing ESC Environment with the Worker's secrets; it stays as it is",
    )
    .option(
      "--from-env <ENVIRONMENT>",
      "an existing ESC Environment with the account id and token; it stays as it is",
    )
    .option(
      "--from-process",
      "the declared names, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN from the process environment",
    )
    .option("--generate <NAME>", "a random 256-bit key for a secret that nobody chose; may be repeated", many)
    .option("--replace <NAME>", "store over the value that is there; may be repeated", many)
    .option(
      "--detach <NAME>",
      "with --replace: also where the value comes from an import, a reference or a provider; may be repeated",
      many,
    );
}

/** What can't be meant together. */
export function valueUsageFault({ values, raw }: ValueOptions): string | undefined {
  return raw === true && values === undefined ? "--raw goes with --values -" : undefined;
}

/** Options that several commands have in the same form. */
export interface CommonOptions extends ValueOptions {
  readonly stack?: string;
  readonly root?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const VALUES_HELP = `
A value is taken from the first of these that has its name: --values -, --from-dev-vars, --from-vars, --from-env,
--from-process, --generate; what is missing then is asked for, hidden, in a terminal. WORKER.NAME in place of NAME means
one Worker alone. A value that is stored already stays, unless --replace names it. Values are never taken from the
command line.`;
