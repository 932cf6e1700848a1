import type { Json } from "../../store/store.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { activeDeployment } from "../scripts/state.ts";
import { consumersForWorkers } from "../scripts/tail-consumers.ts";
import { merged } from "./merge.ts";
import { referencesOf } from "./references.ts";

/** Cloudflare's own defaults. The provider shows a missing one as an update after every refresh. */
const OBSERVABILITY = {
  enabled: false,
  head_sampling_rate: 1,
  logs: { enabled: false, head_sampling_rate: 1, invocation_logs: true, persist: true, destinations: [] },
  traces: { enabled: false, head_sampling_rate: 1, persist: true, destinations: [] },
} as const satisfies Json;

/** The newer API's view of a script. */
export function viewWorker(context: CloudflareContext, script: ScriptRecord) {
  const { settings, subdomain } = script;
  const deployed = activeDeployment(context, script)?.createdOn;
  const suffix = `-${script.name}.${context.identity.subdomain}.workers.dev`;
  return {
    id: script.id,
    name: script.name,
    created_on: script.createdOn,
    updated_on: script.modifiedOn,
    ...(deployed === undefined ? {} : { deployed_on: deployed }),
    logpush: settings.logpush,
    tags: settings.tags,
    tail_consumers: consumersForWorkers(settings.tailConsumers),
    observability: merged(OBSERVABILITY, settings.observability ?? {}),
    ...(script.previewsBaseConfig === undefined ? {} : { previews_base_config: script.previewsBaseConfig }),
    subdomain: {
      enabled: subdomain.enabled,
      previews_enabled: subdomain.previewsEnabled,
      url: addressOf(context, script.name),
      preview_url_suffix: suffix,
    },
    references: referencesOf(context, script),
  };
}

/** Where the script really answers here. */
function addressOf({ workersUrl }: CloudflareContext, name: string): string {
  const url = new URL(workersUrl());
  return `${url.protocol}//${name}.localhost:${url.port}`;
}
