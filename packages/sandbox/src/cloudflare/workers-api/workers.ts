import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { fault, listing, success } from "../envelope.ts";
import { type CloudflareContext, type ScriptRecord, scripts } from "../model.ts";
import { refuseReferred } from "../scripts/delete.ts";
import { checked } from "../scripts/form.ts";
import { checkName } from "../scripts/names.ts";
import {
  deleteScript,
  findScript,
  newScript,
  publish,
  requireScript,
  updateScript,
} from "../scripts/state.ts";
import { consumersForWorkers, consumersNamed } from "../scripts/tail-consumers.ts";
import { inTurn } from "../scripts/turn.ts";
import { workerOf } from "./find.ts";
import { patched } from "./merge.ts";
import { PreviewsBaseConfig, withoutSecrets } from "./previews.ts";
import { renameScript } from "./rename.ts";
import { viewWorker } from "./view.ts";

const json = v.custom<Json>(() => true);

/** What is not sent has its default, in PUT as in POST. */
const Worker = v.object({
  name: v.string(),
  logpush: v.nullish(v.boolean()),
  tags: v.nullish(v.array(v.string())),
  tail_consumers: v.nullish(v.array(v.object({ name: v.string() }))),
  observability: v.nullish(v.custom<Json>((value) => typeof value === "object")),
  previews_base_config: v.nullish(PreviewsBaseConfig),
  subdomain: v.nullish(
    v.object({ enabled: v.nullish(v.boolean()), previews_enabled: v.nullish(v.boolean()) }),
  ),
});

type Worker = v.InferOutput<typeof Worker>;

function checkWorker({ name, subdomain }: Worker): void {
  checkName(name);
  if (subdomain?.enabled && name.length > 63)
    throw fault(
      400,
      10016,
      "The Worker's name is too long for a workers.dev address: at most 63 characters.",
    );
}

function applied(script: ScriptRecord, sent: Worker, now: string): ScriptRecord {
  const enabled = sent.subdomain?.enabled ?? false;
  const { previewsBaseConfig: _, ...kept } = script;
  return {
    ...kept,
    name: sent.name,
    modifiedOn: now,
    subdomain: { enabled, previewsEnabled: sent.subdomain?.previews_enabled ?? enabled },
    settings: {
      logpush: sent.logpush ?? false,
      tags: sent.tags ?? [],
      tailConsumers: consumersNamed(sent.tail_consumers ?? [], script.settings.tailConsumers),
      ...(sent.observability == null ? {} : { observability: sent.observability }),
    },
    ...(sent.previews_base_config == null
      ? {}
      : { previewsBaseConfig: withoutSecrets(sent.previews_base_config) }),
  };
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const found = context.store.list(scripts, [request.param("account")]);
  return listing(
    found.map(({ record }) => viewWorker(context, record)),
    request.query,
  );
}

/** A Worker without code: it gets its versions afterwards. */
async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const sent = checked(Worker, await request.json(), "Worker");
  checkWorker(sent);
  return inTurn(context, sent.name, () => {
    refuseTaken(context, account, sent.name);
    const now = context.now().toISOString();
    const script = applied(newScript(account, sent.name, now), sent, now);
    updateScript(context, script);
    publish(context, script);
    return success(viewWorker(context, script));
  });
}

/** Unlike an upload, which takes an existing Worker over. 400, since the Go client repeats a 409 for minutes. */
function refuseTaken(context: CloudflareContext, account: string, name: string): void {
  if (findScript(context, account, name) === undefined) return;
  throw fault(400, 10026, `A Worker with the name '${name}' already exists on your account.`);
}

/** Waits for the turn of each name, always in the same order: two that exchange names must not wait for each other. */
function inTurns<T>(context: CloudflareContext, names: readonly string[], work: () => T): Promise<T> {
  const [first, second] = [...new Set(names)].sort();
  if (first === undefined) throw new Error("no script is meant");
  return inTurn(context, first, () => (second === undefined ? work() : inTurn(context, second, work)));
}

async function change(
  request: ApiRequest,
  context: CloudflareContext,
  newName: string | undefined,
  next: (script: ScriptRecord) => Worker,
): Promise<Response> {
  const account = request.param("account");
  const { name } = workerOf(request, context);
  return inTurns(context, [name, newName ?? name], () => {
    const script = requireScript(context, account, name);
    const sent = next(script);
    checkWorker(sent);
    if (sent.name !== name) refuseTaken(context, account, sent.name);
    const changed = applied(script, sent, context.now().toISOString());
    if (sent.name === name) updateScript(context, changed);
    else renameScript(context, script, changed);
    publish(context, changed);
    return success(viewWorker(context, changed));
  });
}

/** Replaces everything. A new name keeps id, versions and secrets. */
async function update(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const sent = checked(Worker, await request.json(), "Worker");
  return change(request, context, sent.name, () => sent);
}

/** A merge patch over what a GET answers, but for the defaults that were never asked for. */
async function edit(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const body = checked(v.record(v.string(), json), await request.json(), "Worker");
  const newName = typeof body.name === "string" ? body.name : undefined;
  return change(request, context, newName, ({ name, settings, subdomain, previewsBaseConfig }) => {
    const now: Json = {
      name,
      logpush: settings.logpush,
      tags: settings.tags,
      tail_consumers: consumersForWorkers(settings.tailConsumers),
      observability: settings.observability ?? null,
      previews_base_config: previewsBaseConfig ?? null,
      subdomain: { enabled: subdomain.enabled, previews_enabled: subdomain.previewsEnabled },
    };
    return checked(Worker, patched(now, body), "Worker");
  });
}

async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { name, account } = workerOf(request, context);
  return inTurn(context, name, () => {
    const script = requireScript(context, account, name);
    refuseReferred(context, script, request.query.get("force") === "true");
    deleteScript(context, script);
    return success(null);
  });
}

const WORKERS = "/client/v4/accounts/:account/workers/workers";

export const workerRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: WORKERS, operation: "WorkersBetaWorkersList", handle: list },
  { method: "POST", path: WORKERS, operation: "WorkersBetaWorkersCreate", handle: create },
  {
    method: "GET",
    path: `${WORKERS}/:worker`,
    operation: "WorkersBetaWorkersGet",
    handle: (request, context) => success(viewWorker(context, workerOf(request, context))),
  },
  { method: "PUT", path: `${WORKERS}/:worker`, operation: "WorkersBetaWorkersUpdate", handle: update },
  { method: "PATCH", path: `${WORKERS}/:worker`, operation: "WorkersBetaWorkersEdit", handle: edit },
  { method: "DELETE", path: `${WORKERS}/:worker`, operation: "WorkersBetaWorkersDelete", handle: remove },
];
