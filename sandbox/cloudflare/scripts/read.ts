import { randomBytes } from "node:crypto";
import type { ApiRequest, Route } from "../../http/route.ts";
import { success } from "../envelope.ts";
import { type CloudflareContext, type ScriptRecord, scripts, type VersionRecord } from "../model.ts";
import { formatForm } from "../multipart.ts";
import { shown } from "./bindings.ts";
import { activeVersion, codeOf, requireScript } from "./state.ts";
import { compatibility, scriptSummary } from "./views.ts";

type Read = (context: CloudflareContext, script: ScriptRecord, version: VersionRecord) => Response;

/** What all of these begin with: the script, or 10007, and the version that answers for it. */
function reading(path: string, operation: string, read: Read): Route<CloudflareContext> {
  return {
    method: "GET",
    path: `/client/v4/accounts/:account/workers/${path}`,
    operation,
    handle(request, context) {
      const script = requireScript(context, request.param("account"), request.param("script"));
      return read(context, script, activeVersion(context, script));
    },
  };
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const found = context.store.list(scripts, [request.param("account")]);
  return success(found.map(({ record }) => scriptSummary(record, activeVersion(context, record))));
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

const settings: Read = (_context, script, version) =>
  success({
    bindings: version.bindings.map(shown),
    ...compatibility(version),
    usage_model: version.usageModel,
    // Plugin 6.17 dereferences a nil pointer on refresh when this is missing or null.
    placement: version.placement ?? {},
    ...scriptSettings(script),
    ...(version.limits === undefined ? {} : { limits: version.limits }),
    ...(version.migrationTag === undefined ? {} : { migration_tag: version.migrationTag }),
  });

/** `observability` only if it was sent: the provider shows a value that nobody asked for as drift. */
export function scriptSettings({ settings: { logpush, tags, tailConsumers, observability } }: ScriptRecord) {
  return {
    logpush,
    tags,
    tail_consumers: tailConsumers,
    ...(observability === undefined ? {} : { observability }),
  };
}

/** `wrangler delete` asks before it deletes what others are bound to. */
const references: Read = (context, script, version) => {
  const others = context.store.list(scripts, [script.account]).map(({ record }) => record);
  const bound = (one: ScriptRecord) =>
    activeVersion(context, one).bindings.filter(({ type }) => type === "service");
  const incoming = others
    .filter((one) => one.id !== script.id)
    .flatMap((one) => bound(one).map((binding) => ({ one, binding })))
    .filter(({ binding }) => binding.fields.service === script.name)
    .map(({ one, binding }) => ({ service: one.name, environment: "production", name: binding.name }));
  const outgoing = version.bindings
    .filter(({ type }) => type === "service")
    .map(({ name, fields }) => ({ service: fields.service ?? null, environment: "production", name }));
  return success({
    services: { incoming, outgoing, pages_function: false },
    durable_objects: [],
    dispatch_outbounds: [],
  });
};

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
  reading("scripts/:script/references", "WorkersScriptsReferencesGet", references),
  reading("services/:script", "WorkersServicesGet", service),
];
