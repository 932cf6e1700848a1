import type { Context } from "../project/context.ts";
import { lineWise } from "../terminal/steps.ts";
import { openRunner } from "./runner.ts";
import type { HostedStack, HostOptions } from "./stack-host.ts";

/** Runs one operation of the engine on the stack, its output as progress, and closes what it opened. */
export async function withRunner<T>(
  context: Context,
  progress: (line: string) => void,
  signal: AbortSignal,
  work: (host: HostedStack, output: (text: string) => void) => Promise<T>,
  other: Pick<HostOptions, "code" | "message"> = {},
): Promise<T> {
  signal.throwIfAborted();
  const host = await openRunner(context, progress, signal, other);
  try {
    return await work(host, lineWise(progress));
  } finally {
    await host.close();
  }
}
