/**
 * `node tools/install/main.ts`: what a user installs, from our packages as they are published: packages, MB and seconds, with an empty
 * cache of npm and with a filled one. Prints the table of docs/installation.md.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { startRegistry } from "../../tests/helpers/registry.ts";
import { buildPackages } from "../packages/build.ts";
import { readInstallation, totals } from "./figures.ts";

const PEERS = ["@pulumi/pulumi", "@pulumi/cloudflare", "@pulumi/pulumiservice", "wrangler"];
const STEPS: readonly (readonly [what: string, packages: readonly string[]])[] = [
  ["the peers alone, which a program for Workers has anyway", PEERS],
  ["with `worker-secrets`", [...PEERS, "worker-secrets"]],
  ["with `@worker-secrets/sandbox` as well", [...PEERS, "worker-secrets", "@worker-secrets/sandbox"]],
];

const folder = mkdtempSync(join(tmpdir(), "worker-secrets-install-"));
const registry = await startRegistry(buildPackages(join(folder, "built")));
try {
  print(
    "| installed | packages | MB | seconds, empty cache | seconds, filled cache |\n|---|---|---|---|---|",
  );
  for (const [number, [what, packages]] of STEPS.entries()) {
    const cache = join(folder, `cache-${number}`);
    const seconds = ["cold", "warm"].map((name) => {
      const project = join(folder, `${number}-${name}`);
      mkdirSync(project);
      writeFileSync(join(project, "package.json"), "{}\n");
      const start = performance.now();
      execFileSync("npm", ["install", "--silent", ...packages], {
        cwd: project,
        env: { ...process.env, ...registry.env, npm_config_cache: cache },
      });
      return Math.round((performance.now() - start) / 1000);
    });
    const { packages: count, megabytes } = totals(readInstallation(join(folder, `${number}-warm`)));
    print(`| ${what} | ${count} | ${megabytes} | ${seconds.join(" | ")} |`);
  }
} finally {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
}
