import { EngineRefused, type HostOptions } from "../../engine/stack-host.ts";
import type { Context } from "../../project/context.ts";
import { CommandFailed } from "../../terminal/command.ts";
import { progressLine, withRunner } from "./deploy.ts";
import type { WrittenPin } from "./write-pin.ts";

/** What a command has changed before its `up`. */
export interface Changed {
  readonly pin: WrittenPin | undefined;
  /** What is stored all the same, told below the reason; nothing when absent. */
  readonly stays?: string;
}

/**
 * Runs the `up` that a pin was written for. Where the program refuses it, nothing was registered, so the pin goes back to
 * what the stack still runs with; where it ends in another way, part of it may be deployed, and the pin stays for the
 * repeat.
 */
export async function upPinned(
  context: Context,
  signal: AbortSignal,
  { pin, stays }: Changed,
  other: Pick<HostOptions, "program" | "message">,
): Promise<void> {
  try {
    await withRunner(context, progressLine, signal, (host, output) => host.up(output), other);
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    const refused = error.faults.length > 0;
    if (refused) await pin?.undo();
    const kept = [stays, !refused && pin?.written ? PIN_STAYS : undefined].filter(
      (line) => line !== undefined,
    );
    const reason =
      stays === undefined
        ? error.message
        : error.message.replace("nothing was changed", "nothing was deployed");
    throw new CommandFailed([reason, ...kept, ...(kept.length > 0 ? [AGAIN] : [])].join("\n"), error.faults);
  }
}

const PIN_STAYS = "The pin in the stack's config file is the new one already.";
const AGAIN = "Once this is mended, the same command again goes on from there.";
