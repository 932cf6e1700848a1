import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "./form.ts";
import { scriptSettings } from "./read.ts";
import { deleteScript, requireScript, updateScript } from "./state.ts";
import { inTurn } from "./turn.ts";

const ScriptSettingsPatch = v.object({
  logpush: v.optional(v.boolean()),
  tags: v.optional(v.nullable(v.array(v.string()))),
  tail_consumers: v.optional(v.nullable(v.array(v.custom<Json>(() => true)))),
  observability: v.optional(v.nullable(v.custom<Json>((value) => typeof value === "object"))),
});

/** What concerns the script and not its versions; none is made. */
async function patchSettings(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  const patch = checked(ScriptSettingsPatch, (await request.json()) ?? {}, "settings");
  return inTurn(context, name, () => {
    const script = requireScript(context, account, name);
    const { observability: before, ...settings } = script.settings;
    const observability = patch.observability === undefined ? before : (patch.observability ?? undefined);
    const changed = {
      ...script,
      settings: {
        logpush: patch.logpush ?? settings.logpush,
        tags: patch.tags === undefined ? settings.tags : (patch.tags ?? []),
        tailConsumers:
          patch.tail_consumers === undefined ? settings.tailConsumers : (patch.tail_consumers ?? []),
        ...(observability === undefined ? {} : { observability }),
      },
    };
    updateScript(context, changed);
    return success(scriptSettings(changed));
  });
}

/** With it go its versions, its deployments and its secrets. Deleting twice is an error (10007), as it is there. */
async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  return inTurn(context, name, () => {
    deleteScript(context, requireScript(context, account, name));
    return success(null);
  });
}

export const changeRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "PATCH",
    path: "/client/v4/accounts/:account/workers/scripts/:script/script-settings",
    operation: "WorkersScriptsScriptSettingsEdit",
    handle: patchSettings,
  },
  {
    method: "DELETE",
    path: "/client/v4/accounts/:account/workers/scripts/:script",
    operation: "WorkersScriptsDelete",
    handle: remove,
  },
  {
    method: "DELETE",
    path: "/client/v4/accounts/:account/workers/services/:script",
    operation: "WorkersServicesDelete",
    handle: remove,
  },
];
