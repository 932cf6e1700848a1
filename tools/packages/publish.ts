/**
 * `node tools/packages/publish.ts DIR`: publishes the tarballs of DIR that npm does not have, each after those that it depends on.
 * For the release workflow, where npm trusts the job; it can be repeated after a failure. Uses nothing that has to be installed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { type Packed, publishOrder, trusts } from "./publish-order.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("Usage: node tools/packages/publish.ts DIR");

const version = execFileSync("npm", ["--version"], { encoding: "utf8" }).trim();
if (!trusts(version))
  throw new Error(
    `npm ${version} knows no trusted publishing, which begins with 11.5.1. Nothing was published.`,
  );

const packed = globSync("*.tgz", { cwd: folder }).map((name): Packed => {
  const file = join(folder, name);
  const manifest = execFileSync("tar", ["-xzOf", file, "package/package.json"], { encoding: "utf8" });
  return { file, ...JSON.parse(manifest) };
});
if (packed.length === 0) throw new Error(`${folder} has no tarball. Nothing was published.`);

for (const one of publishOrder(packed)) {
  const id = `${one.name}@${one.version}`;
  if (isPublished(id)) {
    print(`${id}: published before`);
    continue;
  }
  execFileSync("npm", ["publish", one.file, "--provenance", "--access", "public"], { stdio: "inherit" });
  print(`${id}: published`);
}

function isPublished(id: string): boolean {
  const { status, stdout, stderr } = spawnSync("npm", ["view", id, "version"], { encoding: "utf8" });
  if (status === 0) return stdout.trim() !== "";
  // A package that has never been published.
  if (stderr.includes("E404")) return false;
  throw new Error(`npm view ${id} failed, so it is not known whether it is published:\n${stderr}`);
}
