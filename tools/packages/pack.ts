/**
 * `npm run pack [-- DIR]`: builds the packages and writes what is published of them into DIR (default `packed`), a
 * tarball each.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { buildPackages } from "./build.ts";
import { packFolder } from "./tarball.ts";

const to = resolve(process.argv[2] ?? "packed");
mkdirSync(to, { recursive: true });
const home = mkdtempSync(join(tmpdir(), "worker-secrets-pack-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

for (const folder of buildPackages(home).values()) print(packFolder(folder, to));
