import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join } from "node:path";

/** A policy pack as the Automation API takes it. */
export interface PolicyPack {
  readonly policyPacks: string[];
  /** JSON files with levels and settings, one for each pack; none where the pack's own defaults hold. */
  readonly policyPackConfigs?: string[];
}

/** The pack's folder: a part of this package, in its source and as it is published. */
const PACK = join(import.meta.dirname, "../../policy");

/** A project's own levels and settings of the pack, beside `Pulumi.yaml`; without it, those of the package hold. */
const CONFIG = "policy.json";

/**
 * The pack, ready for the engine; `undefined` where the project has no `@pulumi/policy`, which the pack needs. `home` is a folder
 * for a file that goes with the run. The engine starts an executable itself, and so needs no language host for it (Pulumi 3.259;
 * tried); one that runs this very Node, whatever is on the PATH. Where no script can be executed the folder itself is given, for
 * a full Pulumi CLI.
 */
export async function projectPolicyPack(root: string, home: string): Promise<PolicyPack | undefined> {
  if (!hasPolicySdk(root)) return undefined;
  const entry = join(PACK, `serve${extname(import.meta.filename)}`);
  const own = join(root, CONFIG);
  const configs = { policyPackConfigs: [existsSync(own) ? own : join(PACK, "config.json")] };
  if (process.platform === "win32") return { policyPacks: [PACK], ...configs };
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const script = join(home, "policy-pack");
  await writeFile(script, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(entry)} "$@"\n`, {
    mode: 0o700,
  });
  return { policyPacks: [script], ...configs };
}

function hasPolicySdk(root: string): boolean {
  try {
    createRequire(join(root, "package.json")).resolve("@pulumi/policy");
    return true;
  } catch {
    return false;
  }
}
