import { existsSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BundleWorkers } from "../../compile/bundle-workers.ts";
import { FaultsError } from "../../program/faults.ts";

type Program = (recorded?: BundleWorkers, root?: string) => Promise<Record<string, unknown>>;

/**
 * The program that `pulumi up` in the project's folder would run: the folder's own `index.ts`. A folder without one gets
 * this checkout's, told where the project is. `recorded`: code to deploy in the place of the folder's.
 */
export function projectProgram(
  root: string,
  recorded?: BundleWorkers,
): () => Promise<Record<string, unknown>> {
  const own = join(root, "index.ts");
  return async () => {
    const { default: program }: { default: Program } = existsSync(own)
      ? await import(pathToFileURL(await realpath(own)).href)
      : await import("../../../../../index.ts");
    return program(recorded, root);
  };
}

/** The working directory that the engine gives a program: `main` of its project where that is a folder, else the folder of that file. */
export function programFolder(root: string, main: string | undefined): string {
  if (main === undefined) return root;
  const path = resolve(root, main);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
}

/**
 * Refuses a folder with a program and packages of its own. Its program would run on another SDK than the one that hosts it
 * here, and this checkout's program is not what its stacks run.
 */
export function refuseOtherCheckout(root: string): void {
  if (!existsSync(join(root, "index.ts"))) return;
  const here = sdkOf(import.meta.filename);
  const there = sdkOf(join(root, "index.ts"));
  if (there === here) return;
  throw new FaultsError([
    {
      where: root,
      what:
        there === undefined
          ? "it has a program of its own, and its packages are not installed"
          : "it is another checkout: it has a program and packages of its own, and this 'ws' belongs to others",
      fix: `Run the command there: cd ${root}${there === undefined ? " && npm ci" : ""} && npm run -s ws -- …`,
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
