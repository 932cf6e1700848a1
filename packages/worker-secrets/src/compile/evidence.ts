import { createHash } from "node:crypto";
import { readdir, readFile, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parseJsonc } from "./jsonc.ts";
import { isWithin, LOCKS } from "./run/paths.ts";
import type { WorkerConfig } from "./wrangler/worker-config.ts";

/**
 * Everything on disk that a compiled Worker depends on, and what it was: a change of any of it can change the Worker. A file by the hash
 * of its content, a folder by the names in it (a new file can take another's place in an import); `null` for what is not there and
 * would count if it were. Paths are relative to the workspace, so that the same checkout elsewhere has the same evidence; those of
 * other places are absolute.
 */
export type Evidence = Readonly<Record<string, string | null>>;

/** Reads each file and folder once, however many Workers depend on it. For one run: nothing is read again. */
export class Disk {
  readonly #states = new Map<string, Promise<string | null>>();

  /** What an absolute path is now. Folders end with a slash. */
  state(path: string, workspace: string): Promise<string | null> {
    const key = `${workspace}\0${path}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = path.endsWith("/") ? namesIn(path, workspace) : contentOf(path);
    this.#states.set(key, state);
    return state;
  }

  async isAs(evidence: Evidence, workspace: string): Promise<boolean> {
    const states = await Promise.all(
      Object.entries(evidence).map(
        async ([path, was]) =>
          (await this.state(`${resolve(workspace, path)}${slash(path)}`, workspace)) === was,
      ),
    );
    return states.every((same) => same);
  }

  async evidence(paths: Iterable<string>, workspace: string): Promise<Evidence> {
    const all = [...paths];
    const states = await Promise.all(all.map((path) => this.state(path, workspace)));
    return Object.fromEntries(all.map((path, index) => [recorded(path, workspace), states[index] ?? null]));
  }
}

const slash = (path: string) => (path.endsWith("/") ? "/" : "");

/** What is in the workspace, and what stands in the folders above it, is recorded by its path from there. */
function recorded(path: string, workspace: string): string {
  const folder = (path.endsWith("/") ? path.slice(0, -1) : dirname(path)).replace(
    /\/node_modules(?:\/@[^/]+)?$/,
    "",
  );
  const moves = isWithin(path, workspace) || isWithin(workspace, folder || "/");
  return moves ? `${relative(workspace, path) || "."}${slash(path)}` : path;
}

/** Whether the evidence is of this one place: it holds what stands neither in the workspace nor above it. */
export function isOfOnePlace(evidence: Evidence): boolean {
  return Object.keys(evidence).some((path) => isAbsolute(path));
}

/** Beside each input and in each folder above it: what decides how the bundler resolves and compiles. */
const DECIDING = ["package.json", "tsconfig.json", "jsconfig.json"];
/** In the Worker's folder and above it, up to the workspace: what decides which packages are installed, and what wrangler loads. */
const INSTALLED = [
  ...LOCKS,
  ...["pnpm-workspace.yaml", ".npmrc", ".yarnrc.yml", ".pnp.cjs", ".pnp.loader.mjs"],
  ...[".env", ".env.local", ".dev.vars"],
];

/**
 * What wrangler and its bundler looked at for a Worker of these inputs, beside them: the folders in which they searched, and what stands
 * in each folder above. `undefined` where a `tsconfig.json` leads further than this follows (`paths`, `baseUrl`, a base out of a
 * package): such a Worker is compiled again each time.
 */
export async function dependencies(
  inputs: readonly string[],
  {
    directory,
    workspace,
    environment,
    tsconfig,
  }: Pick<WorkerConfig, "directory" | "environment" | "tsconfig"> & { readonly workspace: string },
): Promise<ReadonlySet<string> | undefined> {
  const all = new Set(inputs);
  const above = new Set<string>();
  for (const start of [directory, ...inputs.map((input) => dirname(input))]) {
    for (let folder = start; !above.has(folder); folder = dirname(folder)) above.add(folder);
  }
  const configs = tsconfig === undefined ? [] : [tsconfig];
  for (const folder of above) {
    // Above the workspace only what the bundler searches there: its other names change all the time.
    if (isWithin(folder, workspace) || !isWithin(workspace, folder)) all.add(`${folder}/`);
    for (const name of DECIDING) {
      if (name === "package.json") all.add(join(folder, name));
      else configs.push(join(folder, name));
    }
    for (const packages of await packageFolders(join(folder, "node_modules"))) all.add(packages);
  }
  // Beside these, wrangler loads those of an `env` block.
  if (environment !== undefined)
    for (const name of [`.env.${environment}`, `.env.${environment}.local`]) all.add(join(directory, name));
  for (let folder = directory; isWithin(folder, workspace); folder = dirname(folder)) {
    for (const name of INSTALLED) all.add(join(folder, name));
    if (dirname(folder) === folder) break;
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

/** wrangler and the tools beside it write there while they run; no import finds anything in them. */
const WORKING = new Set([".wrangler", ".git", ".pulumi"]);

/**
 * Names, and where links lead: a package that is linked elsewhere keeps its name. A link by an absolute path into the workspace counts
 * from there; in another checkout the same link leads out of it.
 */
async function namesIn(folder: string, workspace: string): Promise<string | null> {
  try {
    const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !WORKING.has(name));
    const names = await Promise.all(
      entries.map(async (entry) => {
        if (!entry.isSymbolicLink()) return entry.name;
        const target = await readlink(join(folder, entry.name));
        const within = isAbsolute(target) && isWithin(target, workspace);
        return `${entry.name} -> ${within ? `workspace:${relative(workspace, target)}` : target}`;
      }),
    );
    return createHash("sha256").update(names.sort().join("\n")).digest("hex");
  } catch {
    return null;
  }
}
