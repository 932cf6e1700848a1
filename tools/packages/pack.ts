/**
 * `npm run pack [-- DIR]`: builds the packages and writes what is published of them into DIR (default `packed`), a
 * tarball each.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildPackage, PACKAGES } from "./build.ts";

const to = resolve(process.argv[2] ?? "packed");
mkdirSync(to, { recursive: true });
const home = mkdtempSync(join(tmpdir(), "worker-secrets-pack-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

const built = new Map<string, string>();
for (const name of PACKAGES) {
  const folder = join(home, name);
  const manifest = buildPackage(name, folder, built);
  built.set(manifest.name, folder);
  const file = execFileSync("npm", ["pack", "--silent", "--pack-destination", to], {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  }).trim();
  console.log(join(to, file));
}
