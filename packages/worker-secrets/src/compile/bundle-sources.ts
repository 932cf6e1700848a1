import { createHash } from "node:crypto";
import { readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseJsonc } from "./jsonc.ts";

/**
 * Everything on disk that a bundle depends on, and what it was: a change of any of it can change the bundle. A file by the
 * hash of its content, a folder by the names in it (a new file can take another's place in an import); `null` for what
 * is not there and would count if it were.
 */
export type Evidence = Readonly<Record<string, string | null>>;

/** Reads each file and folder once, however many bundles depend on it. For one run: nothing is read again. */
export class Disk {
  readonly #hashes = new Map<string, Promise<string | null>>();

  /** What a path is now. Folders end with a slash. */
  async state(path: string): Promise<string | null> {
    const known = this.#hashes.get(path);
    if (known !== undefined) return known;
    const state = path.endsWith("/") ? namesIn(path) : contentOf(path);
    this.#hashes.set(path, state);
    return state;
  }

  async isAs(evidence: Evidence): Promise<boolean> {
    const paths = Object.keys(evidence);
    const states = await Promise.all(paths.map((path) => this.state(path)));
    return paths.every((path, index) => states[index] === evidence[path]);
  }

  async evidence(paths: Iterable<string>): Promise<Evidence> {
    const all = [...paths];
    const states = await Promise.all(all.map((path) => this.state(path)));
    return Object.fromEntries(all.map((path, index) => [path, states[index] ?? null]));
  }
}

/**
 * What esbuild looks at for a bundle of these sources, beside them: the folders in which it searched, and each folder
 * above with its `package.json`, `tsconfig.json` and packages. `undefined` where a `tsconfig.json` leads further than this
 * follows (`paths`, `baseUrl`, a base out of a package): such a bundle is made anew each time.
 */
export async function dependencies(
  sources: readonly string[],
  tsconfig: string | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const all = new Set(sources);
  const above = new Set<string>();
  for (const source of sources) {
    all.add(`${dirname(source)}/`);
    for (let folder = dirname(source); !above.has(folder); folder = dirname(folder)) above.add(folder);
  }
  const configs = tsconfig === undefined ? [] : [tsconfig];
  for (const folder of above) {
    all.add(join(folder, "package.json"));
    configs.push(join(folder, "tsconfig.json"));
    for (const packages of await packageFolders(join(folder, "node_modules"))) all.add(packages);
  }
  for (const config of configs) {
    if (all.has(config)) continue;
    all.add(config);
    const base = await baseOf(config);
    if (base === "unknown") return undefined;
    if (base !== undefined) configs.push(base);
  }
  return all;
}

/** The folders of packages by name, those of scopes too. */
async function packageFolders(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return [
    `${folder}/`,
    ...names.filter((name) => name.startsWith("@")).map((name) => `${join(folder, name)}/`),
  ];
}

/** What a `tsconfig.json` extends. */
async function baseOf(file: string): Promise<string | "unknown" | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { value } = parseJsonc(text, file);
  if (typeof value !== "object" || value === null) return "unknown";
  const { extends: base, compilerOptions } = value as { extends?: unknown; compilerOptions?: unknown };
  if (typeof compilerOptions === "object" && compilerOptions !== null) {
    if ("paths" in compilerOptions || "baseUrl" in compilerOptions) return "unknown";
  }
  if (base === undefined) return undefined;
  if (typeof base !== "string" || !/^\.{0,2}\//.test(base) || !base.endsWith(".json")) return "unknown";
  return resolve(dirname(file), base);
}

async function contentOf(path: string): Promise<string | null> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch {
    return null;
  }
}

/** Names, and where links lead: a package that is linked elsewhere keeps its name. */
async function namesIn(folder: string): Promise<string | null> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = await Promise.all(
      entries.map(async (entry) =>
        entry.isSymbolicLink() ? `${entry.name} -> ${await readlink(join(folder, entry.name))}` : entry.name,
      ),
    );
    return createHash("sha256").update(names.sort().join("\n")).digest("hex");
  } catch {
    return null;
  }
}
