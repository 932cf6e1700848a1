import { ServiceError } from "../api/http.ts";
import { FaultsError } from "../faults.ts";

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
    // For who hosts the program in one process and gets the error itself.
    const faults = error instanceof FaultsError ? error.faults : [];
    throw Object.assign(new RunError(error.message), { faults });
  }
}
