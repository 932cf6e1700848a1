import type { Context } from "../project/context.ts";
import type { WrittenPin } from "../project/pins/write-pin.ts";
import { note } from "../terminal/output.ts";
import { EngineRefused, type HostOptions } from "./stack-host.ts";
import { withRunner } from "./with-runner.ts";

/**
 * Runs the `up` that a pin was written for. Where the program refuses it, nothing was registered, so the pin goes back to
 * what the stack still runs with; where it ends in another way, part of it may be deployed, and the pin stays for the
 * repeat.
 */
export async function upPinned(
  context: Context,
  signal: AbortSignal,
  pin: WrittenPin | undefined,
  other: Pick<HostOptions, "code" | "message">,
): Promise<void> {
  try {
    await withRunner(context, note, signal, (host, output) => host.up(output), other);
  } catch (error) {
    if (error instanceof EngineRefused && error.faults.length > 0) await pin?.undo();
    throw error;
  }
}
