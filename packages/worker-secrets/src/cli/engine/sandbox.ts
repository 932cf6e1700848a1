import { CommandFailed } from "../terminal/command.ts";

/**
 * Loads a part of `@worker-secrets/sandbox`, which is an optional package: who deploys to the real clouds alone has no need
 * of it. Throws `CommandFailed` with the way to install it where it is missing.
 */
export async function loadSandbox<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new CommandFailed(
      "This needs the local sandbox, and the package @worker-secrets/sandbox is not installed.",
      { next: "npm install --save-dev @worker-secrets/sandbox" },
    );
  }
}

/** Only the package itself: a module that is missing inside it is its own fault. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_MODULE_NOT_FOUND" &&
    error.message.includes("Cannot find package '@worker-secrets/sandbox'")
  );
}
