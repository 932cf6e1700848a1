import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

/** What stands at the top of a checkout: the lock file of its package manager, else the repository. */
export const LOCKS = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
  "bun.lockb",
];

/** The folder that a Worker is installed and committed with: the nearest one above with a lock file, else with `.git`, else its own. */
export function workspaceRoot(directory: string): string {
  return nearest(directory, LOCKS) ?? nearest(directory, [".git"]) ?? directory;
}

function nearest(directory: string, names: readonly string[]): string | undefined {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (names.some((name) => existsSync(join(folder, name)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whether a path is in a folder, or is that folder. */
export function isWithin(path: string, folder: string): boolean {
  const from = relative(folder, path);
  return from === "" || !(from === ".." || from.startsWith("../") || isAbsolute(from));
}

/**
 * Names of the bundler's inputs that lead out of the workspace (a linked package, a store that all projects share), with what stands for
 * them instead. The output has them in comments and in the source map, relative to the Worker's folder, so the hash would differ from
 * machine to machine.
 */
export function outsiders(
  inputs: readonly string[],
  directory: string,
  workspace: string,
): ReadonlyMap<string, string> {
  return new Map(
    inputs
      .filter((name) => name.startsWith("../") && !isWithin(resolve(directory, name), workspace))
      .map((name) => [name, inPackage(name)]),
  );
}

/** From the last `node_modules` on, else without the way up. */
function inPackage(name: string): string {
  const at = name.lastIndexOf("node_modules/");
  return at >= 0 ? name.slice(at) : name.replace(/^(?:\.\.\/)+/, "");
}

/** wrangler's own folder of one run, below the Worker's: its name is random, and stands in the source map of polyfilled modules. */
const TEMPORARY = /((?:^|\/)\.wrangler\/tmp\/[a-z]+)-[A-Za-z0-9]{6}(?=\/)/;

/** A name of an input as it is the same on each machine and in each run. */
function steadyName(name: string, outside: ReadonlyMap<string, string>): string {
  return outside.get(name) ?? name.replace(TEMPORARY, "$1");
}

/** The output with steady names in the comments that the bundler puts above each module. */
export function withSteadyNames(content: string, outside: ReadonlyMap<string, string>): string {
  return content.replace(
    /^\/\/ (\.\.?\/.*|\.wrangler\/.*)$/gm,
    (_, name: string) => `// ${steadyName(name, outside)}`,
  );
}

/** The same for a source map. The bytes stay where nothing changes. */
export function mapWithSteadyNames(bytes: Uint8Array, outside: ReadonlyMap<string, string>): Uint8Array {
  const map = JSON.parse(Buffer.from(bytes).toString()) as { sources?: readonly string[] };
  const sources = map.sources?.map((name) => steadyName(name, outside));
  if (sources === undefined || sources.every((name, index) => name === map.sources?.[index])) return bytes;
  return Buffer.from(JSON.stringify({ ...map, sources }));
}
