import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Fault } from "../../faults.ts";
import { type ParsedFile, parseJsonc, readText, unparsed } from "../jsonc.ts";

/** In wrangler's order. Of two, wrangler silently takes the first; here two are refused. */
const NAMES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"] as const;

/** Where a build tool leaves the name of a generated wrangler file, which `wrangler deploy` then takes instead. */
const REDIRECT = join(".wrangler", "deploy", "config.json");

/** What else is to be said of a path that should be a Worker's folder. */
function kindOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return ", which does not exist";
  return found.isDirectory() ? "" : ": it is a file";
}

/** The wrangler file of a folder as messages show it, parsed. Unlike wrangler, folders above are not searched. */
export async function readWranglerFile(
  directory: string,
  root: string,
): Promise<ParsedFile & { readonly shownAs: string }> {
  const there = NAMES.filter((name) => existsSync(join(directory, name)));
  const [name = "wrangler.jsonc"] = there;
  const shownAs = relative(root, join(directory, name));
  const faults: Fault[] = [];
  if (there.length === 0) {
    faults.push({
      where: relative(root, directory) || ".",
      what: `there is no ${NAMES.join(", ")} in this folder${kindOf(directory)}`,
      fix: "Create one, or point the stack's config at the Worker's folder.",
    });
  }
  if (there.length > 1) {
    faults.push({
      where: shownAs,
      what: `${there.join(" and ")} stand side by side; wrangler would take ${name} and ignore the rest`,
      fix: "Keep one of them.",
    });
  }
  if (existsSync(join(directory, REDIRECT))) {
    faults.push({
      where: relative(root, join(directory, REDIRECT)),
      what: "a build tool made a wrangler file of its own, which `wrangler deploy` takes instead of this folder's",
      fix: "Point the stack's config at the folder of that file, or remove the redirect.",
    });
  }
  const text = faults.length > 0 ? undefined : await readText(join(directory, name), shownAs, faults);
  if (text === undefined) return { ...unparsed(faults, shownAs), shownAs };
  if (name !== "wrangler.toml") return { ...parseJsonc(text, shownAs), shownAs };
  const { parseToml } = await import("./toml.ts");
  return { ...parseToml(text, shownAs), shownAs };
}
