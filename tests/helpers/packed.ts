import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Gives a project `node_modules` as an installation would: our packages as they are published, the others by links. */
export function installPackages(project: string, built: ReadonlyMap<string, string>): void {
  const modules = join(project, "node_modules");
  const folders = [...built.keys()].map((name) => name.split("/")[0]);
  const ours = new Set([...folders, ".bin", ".package-lock.json"]);
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (!ours.has(name)) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  for (const [name, from] of built) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    cpSync(from, join(modules, name), { recursive: true });
  }
}
