import { ServiceError } from "../api/http.ts";
import { type Fault, FaultsError } from "../faults.ts";

/**
 * Runs the program's body and turns what a person has to fix, and what a service says, into `pulumi.RunError`, which the engine prints
 * without a stack trace. Anything else stays what it is.
 */
export async function asRunError<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    // A service that can't answer now is nothing that a stack trace would explain.
    if (!(error instanceof FaultsError || error instanceof ServiceError)) throw error;
    const { RunError } = await import("@pulumi/pulumi");
    throw withoutStack(new RunError(error.message), error instanceof FaultsError ? error.faults : []);
  }
}

/**
 * The SDK prints a `RunError` without its stack only where it is not handled; where the stack's outputs wait for it, as in a CommonJS
 * program, with it. `faults`: for who hosts the program in one process and gets the error itself.
 */
export function withoutStack<T extends Error>(
  error: T,
  faults: readonly Fault[],
): T & { readonly faults: readonly Fault[] } {
  return Object.assign(error, { faults, stack: undefined });
}
