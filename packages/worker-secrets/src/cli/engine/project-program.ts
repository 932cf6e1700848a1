import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultsError } from "../../faults.ts";
import { isCalled, programEntry } from "../project/called-program.ts";

type Program = () => Promise<Record<string, unknown>>;

/**
 * The program that `pulumi up` in the project's folder would run, to run it in this process: its default export. A folder without
 * one gets that of this package: the Workers of its stack's config. `undefined` for a program that declares its resources at the
 * top level: a module is evaluated once in a process, so the engine has to start it by a language host, for each run anew.
 *
 * @param main of `Pulumi.yaml`
 */
export function projectProgram(root: string, main: string | undefined): Program | undefined {
  const own = programEntry(root, main);
  if (own !== undefined && !isCalled(own)) return undefined;
  return async () => {
    if (own === undefined && main !== undefined) {
      const fix = "Correct 'main', or add the file.";
      throw new FaultsError([{ where: "Pulumi.yaml", what: `main: there is no program at ${main}`, fix }]);
    }
    if (own === undefined) return (await import("../../program/default-program.ts")).defaultProgram();
    const { default: program }: { default: Program } = await import(pathToFileURL(await realpath(own)).href);
    return program();
  };
}

/** The working directory that the engine gives a program: `main` of its project where that is a folder, else the folder of that file. */
export function programFolder(root: string, main: string | undefined): string {
  if (main === undefined) return root;
  const path = resolve(root, main);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
}
