/**
 * `npm run supply-chain`: exact versions, hashes, licences and installation scripts of all that is installed, and `npm audit`.
 * What the files say is always checked. Where the registry has no audit service, or none can be reached, that is said and is
 * no failure; with AUDIT=required it is one.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { note, print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { readAllowed } from "./allowed.ts";
import { readAudit } from "./audit.ts";
import { inexactVersions, lockFaults } from "./packages.ts";

const LIMIT_MS = 60_000;
const root = join(import.meta.dirname, "../..");
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));

const allowed = readAllowed();
// The registry and the projects of the tests have their own: `npm ci` does not install them.
const folders = ["", "tests/registry/", "tests/projects/"];
const locks = folders.map((folder) => read(`${folder}package-lock.json`));
const manifests = [
  ...folders.map((folder) => `${folder}package.json`),
  ...globSync("packages/*/package.json", { cwd: root }),
];
const faults = [...manifests.flatMap((file) => inexactVersions(read(file))), ...lockFaults(locks, allowed)];
const count = locks.flatMap((lock) => Object.keys(Object(Object(lock).packages))).length - locks.length;

const { stdout, error } = spawnSync(
  "npm",
  ["audit", "--json", "--fetch-retries=1", "--fetch-timeout=20000"],
  {
    cwd: root,
    encoding: "utf8",
    timeout: LIMIT_MS,
    maxBuffer: 64 * 1024 ** 2,
    shell: process.platform === "win32",
  },
);
const audit = readAudit(error === undefined ? stdout : "", allowed, new Date().toISOString().slice(0, 10));
if (audit.kind === "faults") faults.push(...audit.faults);
if (audit.kind === "not run" && process.env.AUDIT === "required")
  faults.push(`npm audit did not run (${audit.why}), and AUDIT=required asks for it.`);

for (const fault of faults) note(fault);
if (audit.kind === "not run") print(`npm audit did not run: ${audit.why}`);
if (audit.kind === "clean") {
  print("npm audit: no advisory");
  for (const one of audit.accepted) print(`  accepted: ${one}`);
}
print(
  faults.length === 0
    ? `Supply chain: ${count} packages, each of one version with its hash, a licence that is allowed, and no unknown script`
    : `Supply chain: ${faults.length} ${faults.length === 1 ? "problem" : "problems"} found`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
