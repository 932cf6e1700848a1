import * as v from "valibot";
import { parseJsonText } from "../../http/json-text.ts";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext, ScriptRecord, ScriptSettings, VersionRecord } from "../model.ts";
import { boundaryOf, parseForm } from "../multipart.ts";
import { addDeployment, addVersion } from "./add.ts";
import { checked, Metadata, type Upload } from "./form.ts";
import { latestDeployed } from "./latest-deployed.ts";
import { prepare } from "./prepare.ts";
import { versionSettings } from "./read.ts";
import { codeOf, latestVersion, publish, requireScript, updateScript } from "./state.ts";
import { inTurn } from "./turn.ts";

/** What belongs to the script and not to its versions. */
export const ScriptSettingsPatch = v.object({
  logpush: v.nullish(v.boolean()),
  tags: v.nullish(v.array(v.string())),
  tail_consumers: v.nullish(v.array(v.custom<Json>(() => true))),
  observability: v.nullish(v.custom<Json>((value) => typeof value === "object")),
});

/** And what makes a new version, as an upload would. */
const SettingsPatch = v.object({
  ...ScriptSettingsPatch.entries,
  ...v.partial(
    v.pick(Metadata, [
      "bindings",
      "compatibility_date",
      "compatibility_flags",
      "usage_model",
      "limits",
      "placement",
      "migrations",
      "exports",
      "annotations",
    ]),
  ).entries,
  bindings: v.optional(v.unwrap(Metadata.entries.bindings)),
});

type SettingsPatch = v.InferOutput<typeof SettingsPatch>;

/** Sends nothing: stays. Sends null: is gone, or back at its default. */
export function patchedSettings(
  settings: ScriptSettings,
  patch: v.InferOutput<typeof ScriptSettingsPatch>,
): ScriptSettings {
  const { observability: before, ...rest } = settings;
  const observability = patch.observability === undefined ? before : (patch.observability ?? undefined);
  return {
    logpush: patch.logpush === undefined ? rest.logpush : (patch.logpush ?? false),
    tags: patch.tags === undefined ? rest.tags : (patch.tags ?? []),
    tailConsumers: patch.tail_consumers === undefined ? rest.tailConsumers : (patch.tail_consumers ?? []),
    ...(observability === undefined ? {} : { observability }),
  };
}

async function patchSettings(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  const patch = await readPatch(request);
  return inTurn(context, name, async () => {
    const script = requireScript(context, account, name);
    const changed = { ...script, settings: patchedSettings(script.settings, patch) };
    const done = makesVersion(patch)
      ? await deployChanged(request, context, changed, patch)
      : store(context, changed);
    return success(versionSettings(done, latestVersion(context, done)));
  });
}

function store(context: CloudflareContext, script: ScriptRecord): ScriptRecord {
  updateScript(context, script);
  return script;
}

function makesVersion(patch: SettingsPatch): boolean {
  const own = Object.keys(ScriptSettingsPatch.entries);
  return Object.entries(patch).some(([key, value]) => value !== undefined && !own.includes(key));
}

/** The newest version's code with other settings: a new version, live at once. */
async function deployChanged(
  request: ApiRequest,
  context: CloudflareContext,
  script: ScriptRecord,
  patch: SettingsPatch,
): Promise<ScriptRecord> {
  const latest = latestDeployed(context, script, 10214, "Settings");
  const { modules } = codeOf(context, script, latest.etag);
  const upload = { metadata: metadataOf(latest, patch), mainModule: latest.mainModule, modules };
  const version = await prepare(request, context, upload, script);
  const changed = context.store.transaction(
    () =>
      addDeployment(context, addVersion(context, script, version, undefined), {
        createdOn: version.createdOn,
        source: version.source,
        annotations: { "workers/triggered_by": "settings" },
        versions: [{ version_id: version.id, percentage: 100 }],
      }).script,
  );
  publish(context, changed);
  return changed;
}

/** What an upload would say that keeps everything but the patch. */
function metadataOf(latest: VersionRecord, patch: SettingsPatch): Upload["metadata"] {
  const kept = latest.bindings.map(({ name }) => ({ name, type: "inherit" }));
  return {
    main_module: latest.mainModule,
    bindings: patch.bindings ?? kept,
    compatibility_date: patch.compatibility_date ?? latest.compatibilityDate,
    compatibility_flags: patch.compatibility_flags ?? [...latest.compatibilityFlags],
    usage_model: patch.usage_model ?? latest.usageModel,
    limits: patch.limits === undefined ? latest.limits : patch.limits,
    placement: patch.placement === undefined ? latest.placement : patch.placement,
    migrations: patch.migrations,
    annotations: patch.annotations,
    cache_options: latest.cacheOptions,
    containers: latest.containers,
    exports: patch.exports === undefined ? latest.exports : patch.exports,
    package_dependencies: latest.packageDependencies,
    keep_assets: latest.assets !== undefined,
  };
}

/** A form whose part `settings` is JSON, or that JSON alone. */
async function readPatch(request: ApiRequest): Promise<SettingsPatch> {
  const boundary = boundaryOf(request.headers.get("content-type") ?? "");
  if (boundary === undefined) return checked(SettingsPatch, (await request.json()) ?? {}, "settings");
  const part = parseForm(await request.bytes(), boundary).find(({ name }) => name === "settings");
  if (part === undefined) throw fault(400, 10026, "The form has no part named settings.");
  const text = Buffer.from(part.bytes).toString("utf8");
  return checked(SettingsPatch, parseJsonText(text, "the form's part settings"), "settings");
}

export const settingsPatchRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "PATCH",
    path: "/client/v4/accounts/:account/workers/scripts/:script/settings",
    operation: "WorkersScriptsSettingsEdit",
    handle: patchSettings,
  },
];
