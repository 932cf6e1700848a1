import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Fault } from "../../../faults.ts";
import type { SecretValues } from "../../../program/values.ts";
import { namesIn } from "./dotenv-text.ts";
import { notPlain } from "./plain-file.ts";

export interface LocalPlace {
  /** The Worker's folder. */
  readonly directory: string;
  readonly root: string;
  /** The `env` block in use. */
  readonly environment: string | undefined;
}

/** The file that `wrangler dev` reads first: with an `env` block, the one of that name. */
export function devVarsName(environment: string | undefined): string {
  return environment === undefined ? ".dev.vars" : `.dev.vars.${environment}`;
}

/**
 * Files that would come between the stack's values and the Worker. A `.dev.vars` makes wrangler leave its environment
 * unread. A `.env*` does not, but a name that is in both is put through its expansion of `$`, so it counts when it
 * names one of the secrets.
 */
export async function shadowingFiles(place: LocalPlace, values: SecretValues): Promise<Fault[]> {
  const { directory, root, environment } = place;
  const block = environment === undefined ? [] : [`.env.${environment}`, `.env.${environment}.local`];
  const devVars = [...new Set([devVarsName(environment), ".dev.vars"])];
  const found: Fault[] = [];
  for (const name of [...devVars, ".env", ".env.local", ...block]) {
    const file = join(directory, name);
    const other = await notPlain(file);
    if (other !== undefined) {
      // A folder .env is some other tool's, and a link to nothing is nothing to wrangler.
      const counts = other === "a folder" ? devVars.includes(name) : !other.startsWith("a link");
      if (counts)
        found.push({
          where: relative(root, file),
          what: `it is ${other}, and no plain file: wrangler would read it, and whether its values would win can't be told`,
          fix: "Move it away, or go on without reading it: --ignore. Or use it as it is: npx wrangler dev.",
        });
      continue;
    }
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const shared = namesIn(text).filter((one) => values.has(one));
    const isDevVars = devVars.includes(name);
    if (!isDevVars && shared.length === 0) continue;
    found.push({
      where: relative(root, file),
      what: isDevVars
        ? "wrangler would take its values from this file, and none of the stack's"
        : `wrangler would put ${shared.join(", ")} through this file's expansion of '$'`,
      fix: "Delete it, or go on without reading it: --ignore. Or use it as it is: npx wrangler dev.",
    });
  }
  return found;
}
