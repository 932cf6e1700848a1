import type { Json } from "../../store/store.ts";
import type { CloudflareContext, ScriptRecord, VersionRecord } from "../model.ts";
import { userId } from "../stable-id.ts";
import { shown, sorted } from "./bindings.ts";
import { consumersForScripts } from "./tail-consumers.ts";

/**
 * A script as every call answers it. One place, because the provider compares what the upload answered with what a
 * later read does: an etag, date or null-or-empty choice that differs would show as drift for ever.
 */
export function scriptSummary(script: ScriptRecord, version: VersionRecord) {
  return {
    id: script.name,
    tag: script.id,
    etag: version.etag,
    handlers: version.handlers,
    ...(version.namedHandlers.length === 0 ? {} : { named_handlers: version.namedHandlers }),
    created_on: script.createdOn,
    modified_on: script.modifiedOn,
    last_deployed_from: script.lastDeployedFrom,
    usage_model: version.usageModel,
    ...scriptSettings(script),
    ...placement(version),
    ...(version.cacheOptions === undefined ? {} : { cache_options: version.cacheOptions }),
    ...(version.exports === undefined ? {} : { exports: version.exports }),
    has_assets: version.assets !== undefined,
    has_modules: version.mainModule !== "",
    // The script's, not the version's: wrangler goes by it to tell which migrations are still to come.
    ...(script.migrationTag === undefined ? {} : { migration_tag: script.migrationTag }),
    ...compatibility(version),
  };
}

/** `observability` only if it was sent: the provider shows a value that nobody asked for as drift. */
export function scriptSettings({ settings: { logpush, tags, tailConsumers, observability } }: ScriptRecord) {
  return {
    logpush,
    tags,
    tail_consumers: consumersForScripts(tailConsumers),
    ...(observability === undefined ? {} : { observability }),
  };
}

/** Where it runs, if that was sent, with the mode by itself as well. Naming a place means `targeted`. */
function placement({ placement: sent }: VersionRecord) {
  if (sent === undefined) return {};
  if (typeof sent !== "object") return { placement: sent };
  const { mode, ...place } = sent as { readonly [key: string]: Json };
  const meant = mode ?? (Object.keys(place).length > 0 ? "targeted" : undefined);
  return { placement: sent, ...(meant === undefined ? {} : { placement_mode: meant }) };
}

/** The date exactly as it was sent, which may be not at all. */
export function compatibility(version: VersionRecord) {
  return {
    ...(version.compatibilityDate === undefined ? {} : { compatibility_date: version.compatibilityDate }),
    compatibility_flags: version.compatibilityFlags,
  };
}

/** "Most recently applied for this Worker", as the SDK has it here: one that is not deployed yet has the script's. */
function migrationTag(script: ScriptRecord, version: VersionRecord) {
  const tag = version.migrationTag ?? script.migrationTag;
  return tag === undefined ? {} : { migration_tag: tag };
}

/** A version with what it consists of. What was not sent is not answered: the provider would replace the version. */
export function versionView(script: ScriptRecord, version: VersionRecord) {
  return {
    id: version.id,
    number: version.number,
    annotations: version.annotations,
    startup_time_ms: version.startupTimeMs,
    resources: {
      script: {
        etag: version.etag,
        handlers: version.handlers,
        ...(version.namedHandlers.length === 0 ? {} : { named_handlers: version.namedHandlers }),
        last_deployed_from: script.lastDeployedFrom,
      },
      script_runtime: {
        ...compatibility(version),
        ...(version.limits === undefined ? {} : { limits: version.limits }),
        ...migrationTag(script, version),
        usage_model: version.usageModel,
      },
      bindings: sorted(version.bindings).map(shown),
    },
  };
}

export function metadataOf({ identity }: CloudflareContext, version: VersionRecord) {
  return {
    created_on: version.createdOn,
    modified_on: version.createdOn,
    source: version.source,
    author_id: userId(identity),
    author_email: identity.email,
    // There are no preview addresses here, so no version has one.
    hasPreview: false,
    has_preview: false,
  };
}
