import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext, ScriptSettings } from "../model.ts";
import { addDeployment, addVersion } from "./add.ts";
import { readUpload, type Upload } from "./form.ts";
import { checkName } from "./names.ts";
import { prepare } from "./prepare.ts";
import { activeVersion, findScript, latestVersion, newScript, publish, requireScript } from "./state.ts";
import { inTurn } from "./turn.ts";
import { metadataOf, scriptSummary, versionView } from "./views.ts";

/** Uploads a script: a new version, live at once for all its traffic. */
async function putScript(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  checkName(name);
  const upload = await readUpload(request);
  return inTurn(context, name, async () => {
    const existing = findScript(context, account, name);
    const now = context.now().toISOString();
    const base = existing ?? newScript(account, name, now);
    const version = await prepare(request, context, upload, base);
    const script = context.store.transaction(() => {
      const changed = { ...base, settings: settingsFrom(upload), lastDeployedFrom: version.source };
      const stored = addVersion(context, changed, version, { modules: upload.modules });
      return addDeployment(context, stored, {
        createdOn: now,
        source: version.source,
        annotations: { "workers/triggered_by": existing === undefined ? "create_version_api" : "upload" },
        versions: [{ version_id: version.id, percentage: 100 }],
      }).script;
    });
    publish(context, script);
    // Without the bindings: the provider matches them by position, and would fill in the wrong one's fields.
    return success({
      ...scriptSummary(script, activeVersion(context, script)),
      startup_time_ms: version.startupTimeMs,
      deployment_id: version.id,
    });
  });
}

/** Uploads a version that gets no traffic until a deployment names it. */
async function postVersion(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  requireScript(context, account, name);
  const upload = await readUpload(request);
  if (upload.metadata.migrations != null) {
    throw fault(
      400,
      10211,
      "Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object migration, but migrations must be fully applied via a non-versioned deployment.",
    );
  }
  return inTurn(context, name, async () => {
    const base = requireScript(context, account, name);
    const version = await prepare(request, context, upload, base);
    const script = context.store.transaction(() =>
      addVersion(context, base, version, { modules: upload.modules }),
    );
    const stored = latestVersion(context, script);
    return success({ ...versionView(script, stored), metadata: metadataOf(context, stored) });
  });
}

function settingsFrom({ metadata }: Upload): ScriptSettings {
  return {
    logpush: metadata.logpush ?? false,
    tags: metadata.tags ?? [],
    tailConsumers: metadata.tail_consumers ?? [],
    ...(metadata.observability == null ? {} : { observability: metadata.observability }),
  };
}

export const uploadRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "PUT",
    path: "/client/v4/accounts/:account/workers/scripts/:script",
    operation: "WorkersScriptsUpdate",
    handle: putScript,
  },
  {
    method: "POST",
    path: "/client/v4/accounts/:account/workers/scripts/:script/versions",
    operation: "WorkersScriptsVersionsCreate",
    handle: postVersion,
  },
];
