import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultsError } from "../../faults.ts";
import { isCalled, programEntry } from "../project/called-program.ts";
import { note } from "../terminal/output.ts";
import type { InlineGuard } from "./inline-program.ts";

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

/**
 * The program to run in this process; `undefined` for one that the engine has to start by a language host. With an SDK whose inline
 * programs can't be guarded that is each program that has a file, since an unguarded one may delete what it did not get to.
 *
 * @param given a program without a file
 */
export function hostedProgram(
  root: string,
  main: string | undefined,
  guard: InlineGuard,
  given?: Program,
): Program | undefined {
  const program = given ?? projectProgram(root, main);
  if (program === undefined || guard.kind === "guarded") return program;
  if (given !== undefined || programEntry(root, main) === undefined)
    throw new FaultsError([
      {
        where: "@pulumi/pulumi",
        what: `this version is not as expected (${guard.what}), so no program can run in this process: one that loses the engine would not fail, and the engine would delete what it did not get to`,
        fix: "Add a program (index.ts) to the project's folder, which the engine starts by its language host, or install an earlier @pulumi/pulumi.",
      },
    ]);
  if (process.env.WORKER_SECRETS_SDK_DEBUG)
    note(
      `worker-secrets: this @pulumi/pulumi is not as expected in ${guard.what}; the engine starts the program by its language host.`,
    );
  return undefined;
}

/** The working directory that the engine gives a program: `main` of its project where that is a folder, else the folder of that file. */
export function programFolder(root: string, main: string | undefined): string {
  if (main === undefined) return root;
  const path = resolve(root, main);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
}
