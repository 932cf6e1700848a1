import { FaultsError } from "../../../program/faults.ts";
import { ExitCode } from "../../terminal/command.ts";
import { askText, canAsk, Interrupted } from "../../terminal/prompts.ts";

/** Whether the person agrees. Without a terminal nobody is asked: then `--yes` has to be there. */
export async function confirmed(
  question: string,
  { yes = false, json = false }: { readonly yes?: boolean | undefined; readonly json?: boolean | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  if (yes) return true;
  if (!canAsk(json)) {
    throw new FaultsError([
      {
        where: "--yes",
        what: "this has to be confirmed, and there is no terminal to ask in",
        fix: "Read what would be done above, and run the same command with --yes.",
      },
    ]);
  }
  return (await askText(`${question} (yes/no)`, { signal })).trim().toLowerCase() === "yes";
}

/** Ctrl-C at a prompt is an interruption like any other. */
export async function orInterrupted(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Interrupted) return ExitCode.interrupted;
    throw error;
  }
}
