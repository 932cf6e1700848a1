import type { CloudflareContext, ScriptRecord, VersionRecord } from "../model.ts";
import { asSent, sorted } from "../scripts/bindings.ts";
import { codeOf } from "../scripts/state.ts";
import { userId } from "../stable-id.ts";

/**
 * A version as the newer API answers it. What was not sent is left out, and all that was sent is there: against an
 * unset input the provider takes even an empty `placement` or `limits` for a change, as it does a missing one against a
 * set input, and replaces the version. Bindings come in plain byte order, because the provider matches them by position.
 */
export function viewWorkerVersion({ identity }: CloudflareContext, version: VersionRecord) {
  return {
    id: version.id,
    number: version.number,
    created_on: version.createdOn,
    source: version.source,
    author_id: userId(identity),
    author_email: identity.email,
    annotations: version.annotations,
    main_module: version.mainModule,
    ...(version.bindings.length > 0 || version.emptyBindings
      ? { bindings: sorted(version.bindings).map(asSent) }
      : {}),
    ...(version.compatibilityDate === undefined ? {} : { compatibility_date: version.compatibilityDate }),
    compatibility_flags: version.compatibilityFlags,
    ...(version.limits === undefined ? {} : { limits: version.limits }),
    ...(version.placement === undefined ? {} : { placement: version.placement }),
    ...(version.cacheOptions === undefined ? {} : { cache_options: version.cacheOptions }),
    ...(version.containers === undefined ? {} : { containers: version.containers }),
    ...(version.exports === undefined ? {} : { exports: version.exports }),
    ...(version.packageDependencies === undefined
      ? {}
      : { package_dependencies: version.packageDependencies }),
    ...(version.migration === undefined ? {} : { migrations: version.migration.sent }),
    ...(version.migrationTag === undefined ? {} : { migration_tag: version.migrationTag }),
    usage_model: version.usageModel,
    startup_time_ms: version.startupTimeMs,
    // There are no preview addresses here.
    urls: [],
  };
}

/** The code, exactly as it was sent. */
export function modulesOf(context: CloudflareContext, script: ScriptRecord, version: VersionRecord) {
  return codeOf(context, script, version.etag).modules.map(({ name, contentType, base64 }) => ({
    name,
    content_type: contentType,
    content_base64: base64,
  }));
}
