import { fault } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, VersionRecord } from "../model.ts";
import { activeDeployment, latestVersion } from "./state.ts";

/**
 * The newest version, if it gets all traffic. Calls that change a script as a whole make a version of it and deploy
 * that: otherwise they would put live what somebody uploaded but has not released. wrangler takes 10214 (settings, many
 * secrets) and 10215 (one secret) for that, and then speaks of `versions secret …`.
 */
export function latestDeployed(
  context: CloudflareContext,
  script: ScriptRecord,
  code: 10214 | 10215,
  what: "Secret" | "Settings",
): VersionRecord {
  const latest = latestVersion(context, script);
  const shares = activeDeployment(context, script)?.versions ?? [];
  if (shares.length === 1 && shares[0]?.version_id === latest.id) return latest;
  const part = what === "Secret" ? "a secret" : "settings";
  throw fault(
    400,
    code,
    `${what} edit failed. You attempted to modify ${part}, but the latest version of your Worker isn't currently deployed.`,
  );
}
