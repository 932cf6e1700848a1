import { fault } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, StoredAssets, VersionRecord } from "../model.ts";
import type { Metadata } from "../scripts/form.ts";
import { findSession } from "./sessions.ts";
import { sessionOf } from "./tokens.ts";

/** The static files of a new version: those of a finished upload, else the previous version's if they are to stay. */
export function chosenAssets(
  context: CloudflareContext,
  { account, name }: Pick<ScriptRecord, "account" | "name">,
  { assets, keep_assets }: Metadata,
  previous: VersionRecord | undefined,
): StoredAssets | undefined {
  const config = assets?.config;
  if (assets?.jwt == null) {
    if (keep_assets === true) {
      const kept = previous?.assets;
      if (kept === undefined) throw fault(400, 10021, "keep_assets: the previous version has no assets");
      return { ...kept, config: config ?? kept.config };
    }
    if (assets != null) throw fault(400, 10021, "invalid or missing jwt property of assets");
    return undefined;
  }
  const session = findSession(
    context.store,
    account,
    sessionOf(context.vault, "complete", assets.jwt, context.now()),
  );
  if (session.script !== name) {
    throw fault(400, 10021, `assets.jwt is for the Worker '${session.script}', not for '${name}'`);
  }
  return { files: session.files, config: config ?? {} };
}
