import { createHash, randomUUID } from "node:crypto";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ApiFault, fault, success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, ScriptSettings, StoredModule } from "../model.ts";
import { resolveBindings } from "./bindings.ts";
import { readUpload, type Upload } from "./form.ts";
import { redact, scopeOf, sealAll } from "./sealing.ts";
import {
  activeVersion,
  addDeployment,
  addVersion,
  findScript,
  latestVersion,
  type NewVersion,
  newScript,
  publish,
  requireScript,
  runnable,
  versionById,
} from "./state.ts";
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
  return inTurn(context, name, async () => {
    const base = requireScript(context, account, name);
    const version = await prepare(request, context, upload, base);
    const script = context.store.transaction(() =>
      addVersion(context, base, version, { modules: upload.modules }),
    );
    const stored = latestVersion(context, script);
    return success({ ...versionView(script, stored), metadata: metadataOf(context, script, stored) });
  });
}

/** Everything that may be refused, before anything is stored: the running version stays as it is. */
async function prepare(
  request: ApiRequest,
  context: CloudflareContext,
  upload: Upload,
  script: ScriptRecord,
): Promise<NewVersion> {
  const { metadata } = upload;
  const { bindings, faults } = resolveBindings({
    sent: metadata.bindings,
    keep: metadata.keep_bindings ?? [],
    previous: script.versionCount === 0 ? [] : latestVersion(context, script).bindings,
    strict: request.query.get("bindings_inherit") === "strict",
    versionBindings: (id) => versionById(context, script, id)?.bindings,
  });
  const [first] = faults;
  if (first !== undefined) throw new ApiFault(400, faults);
  const scope = scopeOf(script.account, script.name);
  const candidate = {
    id: randomUUID(),
    createdOn: context.now().toISOString(),
    source: sourceOf(request),
    annotations: { ...metadata.annotations, "workers/triggered_by": "upload" },
    etag: etagOf(upload.mainModule, upload.modules),
    mainModule: upload.mainModule,
    bindings: sealAll(context.vault, scope, bindings),
    ...(metadata.compatibility_date == null ? {} : { compatibilityDate: metadata.compatibility_date }),
    compatibilityFlags: metadata.compatibility_flags ?? [],
    usageModel: metadata.usage_model ?? "standard",
    ...(metadata.limits == null ? {} : { limits: metadata.limits }),
    ...(metadata.placement == null ? {} : { placement: metadata.placement }),
    ...(metadata.migrations?.new_tag === undefined ? {} : { migrationTag: metadata.migrations.new_tag }),
  };
  const code = runnable(context, script, candidate, { modules: upload.modules });
  const found = await context.workers.validate(code);
  if (!found.ok) {
    const secrets = candidate.bindings
      .filter(({ type }) => type === "secret_text")
      .map((binding) => binding.name);
    // The script may have put its own secret into what it throws.
    throw fault(400, found.code, redact(found.message, code.env, secrets));
  }
  const { handlers, namedHandlers, startupTimeMs } = found;
  return { ...candidate, handlers, namedHandlers, startupTimeMs };
}

/** 10016. Names with more than 63 characters are fine until they are to be a DNS label. */
function checkName(name: string): void {
  if (name.length <= 255 && /^[a-z0-9_][a-z0-9_-]*$/.test(name)) return;
  throw fault(
    400,
    10016,
    "Invalid Worker name: use lower-case letters, digits, dashes and underscores, at most 255.",
  );
}

/** `wrangler deploy` warns when a Worker was last deployed by something else, so say what it was. */
function sourceOf(request: ApiRequest): string {
  const agent = request.headers.get("user-agent") ?? "";
  if (/^wrangler\//i.test(agent)) return "wrangler";
  return /terraform|pulumi/i.test(agent) ? "terraform" : "api";
}

/** By content alone, so that an unchanged script keeps its etag. */
function etagOf(mainModule: string, modules: readonly StoredModule[]): string {
  const content = modules.map(({ name, contentType, base64 }) => [name, contentType, base64]);
  return createHash("sha256")
    .update(JSON.stringify([mainModule, content]))
    .digest("hex");
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
