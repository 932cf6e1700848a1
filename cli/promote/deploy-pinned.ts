import { CommandFailed } from "../command.ts";
import { EngineRefused } from "../stack-host.ts";
import type { WrittenPin } from "./write-pin.ts";

/**
 * Runs the `up` that a pin was written for. Where the program refuses it, nothing was registered, so the pin goes back to
 * what the stack still runs with; where it ends in another way, part of it may be deployed, and the pin stays for the
 * repeat. `stays`: what is stored all the same, told below the reason.
 */
export async function upPinned<T>(
  pin: WrittenPin | undefined,
  stays: string | undefined,
  up: () => Promise<T>,
): Promise<T> {
  try {
    return await up();
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    const refused = error.faults.length > 0;
    if (refused) await pin?.undo();
    const reason =
      stays === undefined
        ? error.message
        : error.message.replace("nothing was changed", "nothing was deployed");
    const told = [
      stays,
      !refused && pin?.written ? "The pin in the stack's config file is the new one already." : undefined,
      stays !== undefined || (!refused && pin?.written)
        ? "Once this is mended, the same command again goes on from there."
        : undefined,
    ];
    throw new CommandFailed([reason, ...told.filter((line) => line !== undefined)].join("\n"), error.faults);
  }
}
