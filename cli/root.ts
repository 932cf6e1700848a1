import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FaultsError } from "../stack/faults.ts";

/** The project's folder: the one that is named, else the nearest one upwards with a `Pulumi.yaml`. */
export function projectRoot(named: string | undefined, from = process.cwd()): string {
  if (named !== undefined) return resolve(named);
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new FaultsError([
    {
      where: from,
      what: "there is no Pulumi.yaml in it or above it",
      fix: "Run the command in the project's folder, or name it: --root DIR",
    },
  ]);
}
