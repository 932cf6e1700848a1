import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Packs a built package as `npm publish` would, into the folder `to`. Returns the tarball's path. */
export function packFolder(folder: string, to: string): string {
  const file = execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", to], {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  }).trim();
  return join(to, file);
}
