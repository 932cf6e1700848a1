import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What an installation brought into one `node_modules`. */
export interface InstallFigures {
  /** Folders of packages by name, more than one for a package that is there twice. */
  readonly packages: ReadonlyMap<string, readonly string[]>;
  /** Bytes by package, of all its copies without what they contain of others. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** Reads a folder's `node_modules`, nested ones included. Links are not followed: they lead to what is somewhere else. */
export function readInstallation(folder: string): InstallFigures {
  const packages = new Map<string, string[]>();
  const bytes = new Map<string, number>();
  // Installers link a file a second time instead of copying it; it is counted once.
  const counted = new Set<number>();
  const sizeOf = (at: string): number =>
    readdirSync(at, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(at, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + sizeOf(path);
      const { ino, size } = lstatSync(path);
      if (!entry.isFile() || counted.has(ino)) return sum;
      counted.add(ino);
      return sum + size;
    }, 0);
  const visit = (modules: string) => {
    for (const at of packageFolders(modules)) {
      const { name } = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as { name: string };
      packages.set(name, [...(packages.get(name) ?? []), at]);
      bytes.set(name, (bytes.get(name) ?? 0) + sizeOf(at));
      visit(join(at, "node_modules"));
    }
  };
  visit(join(folder, "node_modules"));
  return { packages, bytes };
}

/** All bytes, and how many packages there are. */
export function totals({ packages, bytes }: InstallFigures) {
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, one) => all + one, 0);
  return {
    packages: sum([...packages.values()].map(({ length }) => length)),
    megabytes: Math.round(sum(bytes.values()) / 1e6),
  };
}

function packageFolders(modules: string): string[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(modules, name)).map((inner) => join(modules, name, inner))
        : [join(modules, name)],
    )
    .filter((at) => lstatSync(at).isDirectory() && existsSync(join(at, "package.json")));
}
