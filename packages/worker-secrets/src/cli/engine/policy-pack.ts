import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A policy pack as the Automation API takes it. */
export interface PolicyPack {
  readonly policyPacks: string[];
  /** JSON files with levels and settings, one for each pack; none where the pack's own defaults hold. */
  readonly policyPackConfigs?: string[];
}

/** The pack's folder, within the project's. */
const PACK = "packages/worker-secrets/src/policy";

/** Where the pack's levels and settings are, within its folder. */
const CONFIG = "config.json";

/**
 * The pack in the project, if there is one, ready for the engine. `home` is a folder for a file that goes with the
 * run. The engine starts an executable itself, and so needs no language host for it (Pulumi 3.259; tried); one that runs this
 * very Node, whatever is on the PATH. Where no script can be executed the folder itself is given, for a full Pulumi CLI.
 */
export async function projectPolicyPack(root: string, home: string): Promise<PolicyPack | undefined> {
  const folder = join(root, PACK);
  const entry = join(folder, "serve.ts");
  if (!existsSync(entry)) return undefined;
  const config = join(folder, CONFIG);
  const configs = existsSync(config) ? { policyPackConfigs: [config] } : {};
  if (process.platform === "win32") return { policyPacks: [folder], ...configs };
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const script = join(home, "policy-pack");
  await writeFile(script, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(entry)} "$@"\n`, {
    mode: 0o700,
  });
  return { policyPacks: [script], ...configs };
}
