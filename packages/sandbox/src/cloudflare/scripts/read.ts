import { randomBytes } from "node:crypto";
import type { ApiRequest, Route } from "../../http/route.ts";
import { success } from "../envelope.ts";
import { type CloudflareContext, type ScriptRecord, scripts, type VersionRecord } from "../model.ts";
import { formatForm } from "../multipart.ts";
import { shown } from "./bindings.ts";
import { activeVersion, codeOf, requireUploaded, versionsOf } from "./state.ts";
import { compatibility, scriptSettings, scriptSummary } from "./views.ts";

type Read = (context: CloudflareContext, script: ScriptRecord, version: VersionRecord) => Response;

/** What all of these begin with: the script, or 10007, and the version that answers for it. */
function reading(path: string, operation: string, read: Read): Route<CloudflareContext> {
  return {
    method: "GET",
    path: `/client/v4/accounts/:account/workers/${path}`,
    operation,
    handle(request, context) {
      const script = requireUploaded(context, request.param("account"), request.param("script"));
      return read(context, script, activeVersion(context, script));
    },
  };
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  // One that has no version yet is only there for the newer API.
  const found = context.store.list(scripts, [request.param("account")]).map(({ record }) => record);
  const uploaded = found.filter((script) => versionsOf(context, script).length > 0);
  return success(uploaded.map((script) => scriptSummary(script, activeVersion(context, script))));
}

/** The main module itself, outside the envelope. The provider's import asks for this. */
const raw: Read = (context, script, version) => {
  const main = codeOf(context, script, version.etag).modules.find(({ name }) => name === version.mainModule);
  return new Response(Buffer.from(main?.base64 ?? "", "base64"), {
    headers: { "content-type": "application/javascript", etag: version.etag },
  });
};

/** Every module as it was uploaded. The provider takes the first part, byte for byte, for the main one. */
const content: Read = (context, script, version) => {
  if (version.mainModule === "") return new Response(null, { status: 204 });
  const { modules } = codeOf(context, script, version.etag);
  const main = modules.filter(({ name }) => name === version.mainModule);
  const rest = modules.filter(({ name }) => name !== version.mainModule);
  const parts = [...main, ...rest].map(({ name, contentType, base64 }) => ({
    name,
    filename: name,
    type: contentType,
    bytes: Buffer.from(base64, "base64"),
  }));
  const boundary = `----sandbox-${randomBytes(16).toString("hex")}`;
  return new Response(new Uint8Array(formatForm(parts, boundary)), {
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "cf-entrypoint": version.mainModule,
      etag: version.etag,
    },
  });
};

const service: Read = (_context, script, version) => {
  const times = { created_on: script.createdOn, modified_on: script.modifiedOn };
  const environment = { environment: "production", ...times, script: scriptSummary(script, version) };
  return success({
    id: script.name,
    ...times,
    usage_model: version.usageModel,
    default_environment: environment,
    environments: [environment],
  });
};

/** A script's settings, as a read of them and a change of them answer. */
export function versionSettings(script: ScriptRecord, version: VersionRecord) {
  return {
    bindings: version.bindings.map(shown),
    ...compatibility(version),
    usage_model: version.usageModel,
    // Plugin 6.17 dereferences a nil pointer on refresh when this is missing or null.
    placement: version.placement ?? {},
    ...scriptSettings(script),
    ...(version.limits === undefined ? {} : { limits: version.limits }),
    ...(version.cacheOptions === undefined ? {} : { cache_options: version.cacheOptions }),
    ...(version.migrationTag === undefined ? {} : { migration_tag: version.migrationTag }),
  };
}

const settings: Read = (_context, script, version) => success(versionSettings(script, version));

export const readRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/scripts",
    operation: "WorkersScriptsList",
    handle: list,
  },
  reading("scripts/:script", "WorkersScriptsGet", raw),
  reading("scripts/:script/content/v2", "WorkersScriptsContentGet", content),
  reading("scripts/:script/settings", "WorkersScriptsSettingsGet", settings),
  reading("scripts/:script/script-settings", "WorkersScriptsScriptSettingsGet", (_context, script) =>
    success(scriptSettings(script)),
  ),
  reading("services/:script", "WorkersServicesGet", service),
];
