import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { nameSome } from "../../faults.ts";
import { isObject } from "../../objects.ts";
import { AssetFault, listAssets } from "../../program/assets/list.ts";
import { privatePaths } from "../../program/assets/private-files.ts";
import { listOption, type Resource, type Rule } from "../rule.ts";

const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
/** Files that one message names. */
const MOST_NAMED = 10;

/**
 * The program refuses such files before it registers anything; this is for scripts that are declared in another way. Reads
 * the names in the folder, never a file's content.
 */
export const privateAssets: Rule = {
  name: "no-private-file-among-assets",
  description: "The static assets of a Worker hold no file whose name stands for secrets.",
  options: {
    files: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "More names, as lines of an ignore file; !NAME takes one out, as 'privateFiles' does.",
    },
  },
  applies: (type) => type === SCRIPT,
  async check(resource, _, options) {
    const declared = directoryOf(resource);
    if (declared === undefined) return [];
    const from = folders();
    const directory = from.map((folder) => resolve(folder, declared)).find((path) => existsSync(path));
    if (directory === undefined)
      return [
        `The assets of ${resource.name} can't be checked: there is no ${declared} in ${from.join(" or ")}. Preview in the project's folder.`,
      ];
    return (await privateIn(directory, listOption(options, "files"))).map(
      (what) =>
        `Everybody could read ${what} of ${resource.name}. Exclude it by a line in ${declared}/.assetsignore.`,
    );
  },
};

function directoryOf({ inputs }: Resource): string | undefined {
  const { assets } = inputs;
  return isObject(assets) && typeof assets.directory === "string" ? assets.directory : undefined;
}

/** Where a relative path starts: the engine's folder, or the project's, since a language host runs a pack in the pack's own folder. */
function folders(): string[] {
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, "Pulumi.yaml"))) return [...new Set([process.cwd(), at])];
  return [process.cwd()];
}

async function privateIn(directory: string, more: readonly string[]): Promise<string[]> {
  try {
    const found = privatePaths((await listAssets(directory)).files, more);
    return found.length === 0 ? [] : [`${nameSome(found, MOST_NAMED)} among the static assets`];
  } catch (error) {
    if (error instanceof AssetFault)
      return [`whatever ${error.path || "a link"} leads to (${error.message}) among the static assets`];
    throw error;
  }
}
