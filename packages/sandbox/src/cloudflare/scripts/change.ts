import type { ApiRequest, Route } from "../../http/route.ts";
import { success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "./form.ts";
import { patchedSettings, ScriptSettingsPatch } from "./settings-patch.ts";
import { requireScript, updateScript } from "./state.ts";
import { inTurn } from "./turn.ts";
import { scriptSettings } from "./views.ts";

/** What concerns the script and not its versions; none is made. */
async function patchSettings(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, name] = [request.param("account"), request.param("script")];
  const patch = checked(ScriptSettingsPatch, (await request.json()) ?? {}, "settings");
  return inTurn(context, name, () => {
    const script = requireScript(context, account, name);
    const changed = { ...script, settings: patchedSettings(script.settings, patch) };
    updateScript(context, changed);
    return success(scriptSettings(changed));
  });
}

export const changeRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "PATCH",
    path: "/client/v4/accounts/:account/workers/scripts/:script/script-settings",
    operation: "WorkersScriptsScriptSettingsEdit",
    handle: patchSettings,
  },
];
