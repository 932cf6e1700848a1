import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { fault, success } from "../envelope.ts";
import { type CloudflareContext, type ScriptRecord, scripts } from "../model.ts";
import { activeDeployment } from "./state.ts";

/** Cloudflare's own defaults. The provider shows a missing one as an update after every refresh. */
const OBSERVABILITY = {
  enabled: false,
  head_sampling_rate: 1,
  logs: { enabled: false, head_sampling_rate: 1, invocation_logs: true, persist: true, destinations: [] },
  traces: { enabled: false, head_sampling_rate: 1, persist: true, destinations: [] },
};

/** The newer API's view of a script. It is found by its id or by its name. */
function get(request: ApiRequest, context: CloudflareContext): Response {
  const wanted = request.param("worker");
  const all = context.store.list(scripts, [request.param("account")]).map(({ record }) => record);
  const found = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted);
  if (found === undefined) throw fault(404, 10007, "This Worker does not exist on your account.");
  return success(view(context, found));
}

function view(context: CloudflareContext, script: ScriptRecord) {
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
    tail_consumers: settings.tailConsumers,
    observability: merged(OBSERVABILITY, settings.observability),
    subdomain: {
      enabled: subdomain.enabled,
      previews_enabled: subdomain.previewsEnabled,
      url: addressOf(context, script.name),
      preview_url_suffix: suffix,
    },
    references: {
      dispatch_namespace_outbounds: [],
      domains: [],
      durable_objects: [],
      queues: [],
      workers: [],
    },
  };
}

/** Where the script really answers here. */
function addressOf({ workersUrl }: CloudflareContext, name: string): string {
  const url = new URL(workersUrl());
  return `${url.protocol}//${name}.localhost:${url.port}`;
}

function merged(defaults: Json, sent: Json | undefined): Json {
  if (sent === undefined || sent === null) return defaults;
  if (!isObject(defaults) || !isObject(sent)) return sent;
  const keys = new Set([...Object.keys(defaults), ...Object.keys(sent)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(defaults[key] ?? null, sent[key])]));
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const workerRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: "/client/v4/accounts/:account/workers/workers/:worker",
    operation: "WorkersBetaWorkersGet",
    handle: get,
  },
];
