import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultsError } from "../../program/faults.ts";
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
