import { realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, sep } from "node:path";
import type { Fault } from "../../../faults.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";

/**
 * A file of values below a folder of static assets, of any Worker of the stack, would be published by the next upload, of
 * this tool or another one. An `.assetsignore` does not count here: not every tool heeds it, and it may change.
 */
export function belowAssets(
  file: string,
  root: string,
  workers: readonly Pick<DeclaredWorker, "config">[],
): Fault[] {
  const folder = real(dirname(file));
  return workers.flatMap(({ config }): Fault[] => {
    if (config.assets === undefined) return [];
    const below = relative(real(config.assets.directory), folder);
    if (below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below)) return [];
    return [
      {
        where: relative(root, file),
        what: `it would be in the folder of static assets that ${config.whereIs(["assets", "directory"])} names, where everybody could read it`,
        fix: "Run without a file: ws dev. Or point 'assets.directory' at a folder of what is public alone.",
      },
    ];
  });
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
