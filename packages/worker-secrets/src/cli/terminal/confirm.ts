import { FaultsError } from "../../faults.ts";
import { CommandFailed } from "./command.ts";
import { askText, canAsk } from "./prompts.ts";

/** Goes on where the person agrees, else throws. Without a terminal nobody is asked: then `--yes` has to be there. */
export async function confirm(
  question: string,
  { yes = false, json = false }: { readonly yes?: boolean | undefined; readonly json?: boolean | undefined },
  signal: AbortSignal,
): Promise<void> {
  if (yes) return;
  if (!canAsk(json)) {
    throw new FaultsError([
      {
        where: "--yes",
        what: "this has to be confirmed, and there is no terminal to ask in",
        fix: "Read what would be done above, and run the same command with --yes.",
      },
    ]);
  }
  const answer = await askText(`${question} (yes/no)`, { signal });
  if (answer.trim().toLowerCase() !== "yes") throw new CommandFailed("It was not confirmed.");
}
