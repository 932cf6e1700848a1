import { createRequire } from "node:module";
import { FaultsError } from "../../faults.ts";
import { programEntry } from "./called-program.ts";

/**
 * Refuses a folder with a program and packages of its own. Its program would run on another SDK than the one that hosts it
 * here, and this checkout's program is not what its stacks run.
 */
export function refuseOtherCheckout(root: string, main: string | undefined): void {
  const own = programEntry(root, main);
  if (own === undefined) return;
  const here = sdkOf(import.meta.filename);
  const there = sdkOf(own);
  if (there === here) return;
  throw new FaultsError([
    {
      where: root,
      what:
        there === undefined
          ? "it has a program of its own, and its packages are not installed"
          : "it is another checkout: it has a program and packages of its own, and this 'ws' belongs to others",
      fix: `Run the command there: cd ${root}${there === undefined ? " && npm ci" : ""} && npx worker-secrets …`,
    },
  ]);
}

/** The file of the SDK that a module gets; links lead to one and the same. */
function sdkOf(module: string): string | undefined {
  try {
    return createRequire(module).resolve("@pulumi/pulumi/package.json");
  } catch {
    return undefined;
  }
}
