import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultsError } from "../../faults.ts";
import type { BundleWorkers } from "../../program/bundle-workers.ts";
import { programEntry } from "../project/called-program.ts";

type Program = (recorded?: BundleWorkers, root?: string) => Promise<Record<string, unknown>>;

/**
 * The program that `pulumi up` in the project's folder would run. A folder without one gets this checkout's, and where the
 * project is.
 *
 * @param main of `Pulumi.yaml`
 * @param recorded code to deploy instead of the folder's
 */
export function projectProgram(
  root: string,
  main: string | undefined,
  recorded?: BundleWorkers,
): () => Promise<Record<string, unknown>> {
  return async () => {
    const own = programEntry(root, main);
    if (own === undefined && main !== undefined) {
      const fix = "Correct 'main', or add the file.";
      throw new FaultsError([{ where: "Pulumi.yaml", what: `main: there is no program at ${main}`, fix }]);
    }
    if (own === undefined) return (await import("../../program/stack.ts")).stack(recorded, root);
    const { default: program }: { default: Program } = await import(pathToFileURL(await realpath(own)).href);
    return program(recorded, root);
  };
}

/** The working directory that the engine gives a program: `main` of its project where that is a folder, else the folder of that file. */
export function programFolder(root: string, main: string | undefined): string {
  if (main === undefined) return root;
  const path = resolve(root, main);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
}
