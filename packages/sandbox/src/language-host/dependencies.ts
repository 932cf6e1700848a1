import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import * as v from "valibot";
import type { NodeOptions } from "./options.ts";

/** `npm install` as the official host calls it, in the program's folder (workspaces are npm's own to find). */
export function installDependencies(
  programDirectory: string,
  { production }: NodeOptions,
): ChildProcessByStdio<null, Readable, Readable> {
  const args = ["install", "--loglevel=error", ...(production ? ["--omit=dev"] : [])];
  return spawn("npm", args, { cwd: programDirectory, stdio: ["ignore", "pipe", "pipe"] });
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

const names = v.optional(v.record(v.string(), v.string()), {});
const direct = v.object({ dependencies: names, devDependencies: names });
const lock = v.object({
  packages: v.record(
    v.string(),
    v.object({
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      link: v.optional(v.boolean()),
      resolved: v.optional(v.string()),
    }),
  ),
});

/** What the nearest `package-lock.json` upwards has installed; without `transitive` only what `package.json` names. */
export function programDependencies(programDirectory: string, transitive: boolean): Dependency[] {
  let root = programDirectory;
  while (!existsSync(join(root, "package-lock.json"))) {
    if (dirname(root) === root)
      throw new Error(`no package-lock.json found (searching upwards from ${programDirectory})`);
    root = dirname(root);
  }
  const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
  const { packages } = v.parse(lock, read("package-lock.json"));
  const all = Object.entries(packages).flatMap(([path, entry]) => {
    const name = entry.name ?? path.split("node_modules/").at(-1) ?? path;
    // A workspace is a link to its folder, which has the version.
    const version = entry.link === true ? packages[entry.resolved ?? ""]?.version : entry.version;
    return path === "" || version === undefined ? [] : [{ path, name, version }];
  });
  if (transitive) return all.map(({ name, version }) => ({ name, version }));
  const { dependencies, devDependencies } = v.parse(direct, read("package.json"));
  const wanted = new Set(Object.keys({ ...dependencies, ...devDependencies }));
  return all
    .filter(({ path }) => wanted.has(path.replace(/^node_modules\//, "")))
    .map(({ name, version }) => ({ name, version }));
}
