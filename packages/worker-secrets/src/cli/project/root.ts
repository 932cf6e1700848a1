import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FaultsError } from "../../faults.ts";
import { refuseUncalled } from "./called-program.ts";
import { readProject } from "./context.ts";
import { ownProject } from "./npm-run.ts";
import { refuseOtherCheckout } from "./other-checkout.ts";

/** The project's folder: the one that is named, else the nearest one upwards with a `Pulumi.yaml`. One of another checkout is refused. */
export function projectRoot(named: string | undefined, from = process.cwd()): string {
  const root = named === undefined ? (nearest(from) ?? ownProject() ?? refuse(from)) : resolve(named);
  const main = mainOf(root);
  refuseUncalled(root, main);
  refuseOtherCheckout(root, main);
  return root;
}

/** A project's file that can't be read has no `main`: whoever needs the file says what is wrong with it. */
function mainOf(root: string): string | undefined {
  try {
    return readProject(root).main;
  } catch {
    return undefined;
  }
}

function nearest(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function refuse(from: string): never {
  throw new FaultsError([
    {
      where: from,
      what: "there is no Pulumi.yaml in it or above it",
      fix: "Run the command in the project's folder, or name it: --root DIR",
    },
  ]);
}
