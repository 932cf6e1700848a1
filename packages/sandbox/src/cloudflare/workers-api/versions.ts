import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ordinal } from "../../store/store.ts";
import { fault, listing, success } from "../envelope.ts";
import { type CloudflareContext, codes, type ScriptRecord, type VersionRecord, versions } from "../model.ts";
import { addDeployment, addVersion } from "../scripts/add.ts";
import { assembled, checked, Metadata, storedModule } from "../scripts/form.ts";
import { prepare } from "../scripts/prepare.ts";
import {
  activeDeployment,
  latestVersion,
  publish,
  requireScript,
  versionById,
  versionsOf,
} from "../scripts/state.ts";
import { inTurn } from "../scripts/turn.ts";
import { workerOf } from "./find.ts";
import { patchLatest } from "./latest.ts";
import { modulesOf, viewWorkerVersion } from "./version-view.ts";

/** An upload's metadata with the code inside it. */
const Version = v.object({
  ...Metadata.entries,
  bindings: v.optional(v.unwrap(Metadata.entries.bindings)),
  modules: v.optional(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.minLength(1)),
        content_type: v.string(),
        content_base64: v.pipe(v.string(), v.check(isBase64, "base64")),
      }),
    ),
    [],
  ),
});

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function versionOf(request: ApiRequest, context: CloudflareContext, script: ScriptRecord): VersionRecord {
  const id = request.param("version");
  if (id === "latest") return latestVersion(context, script);
  const found = versionById(context, script, id);
  if (found === undefined) throw fault(404, 10007, "This version does not exist on this Worker.");
  return found;
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const newest = versionsOf(context, workerOf(request, context)).reverse();
  return listing(
    newest.map((version) => viewWorkerVersion(context, version)),
    request.query,
  );
}

function get(request: ApiRequest, context: CloudflareContext): Response {
  const script = workerOf(request, context);
  const version = versionOf(request, context, script);
  const included = (request.query.get("include") ?? "").split(",");
  const modules = included.includes("modules") ? { modules: modulesOf(context, script, version) } : {};
  return success({ ...viewWorkerVersion(context, version), ...modules });
}

/** Stores a version; with `?deploy=true` it gets all traffic as well. */
async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { account, name } = workerOf(request, context);
  const { modules, ...given } = checked(Version, await request.json(), "version");
  const metadata = { ...given, bindings: given.bindings ?? [] };
  const empty = given.bindings?.length === 0 ? { emptyBindings: true as const } : {};
  const upload = assembled(
    metadata,
    modules.map((one) => storedModule(one.name, one.content_type, one.content_base64)),
  );
  return inTurn(context, name, async () => {
    const base = requireScript(context, account, name);
    const version = { ...(await prepare(request, context, upload, base)), ...empty };
    const script = context.store.transaction(() => {
      const stored = addVersion(context, base, version, { modules: upload.modules });
      if (request.query.get("deploy") !== "true") return stored;
      return addDeployment(context, stored, {
        createdOn: version.createdOn,
        source: version.source,
        annotations: { "workers/triggered_by": "upload" },
        versions: [{ version_id: version.id, percentage: 100 }],
      }).script;
    });
    if (request.query.get("deploy") === "true") publish(context, script);
    return success(viewWorkerVersion(context, latestVersion(context, script)));
  });
}

/** A version that answers requests stays. */
async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { account, name } = workerOf(request, context);
  return inTurn(context, name, () => {
    const script = requireScript(context, account, name);
    const { id, number, etag } = versionOf(request, context, script);
    const live = activeDeployment(context, script)?.versions ?? [];
    if (live.some(({ version_id }) => version_id === id))
      throw fault(400, 10026, "The version is deployed and can't be deleted. Deploy another one first.");
    const others = versionsOf(context, script).filter((version) => version.id !== id);
    context.store.transaction(() => {
      context.store.delete(versions, [account, script.id, ordinal(number)]);
      if (others.every((version) => version.etag !== etag))
        context.store.delete(codes, [account, script.id, etag]);
    });
    return success(null);
  });
}

const VERSIONS = "/client/v4/accounts/:account/workers/workers/:worker/versions";

export const workerVersionRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: VERSIONS, operation: "WorkersBetaVersionsList", handle: list },
  { method: "POST", path: VERSIONS, operation: "WorkersBetaVersionsCreate", handle: create },
  {
    method: "PATCH",
    path: `${VERSIONS}/latest`,
    operation: "WorkersBetaVersionsLatestEdit",
    handle: patchLatest,
  },
  { method: "GET", path: `${VERSIONS}/:version`, operation: "WorkersBetaVersionsGet", handle: get },
  { method: "DELETE", path: `${VERSIONS}/:version`, operation: "WorkersBetaVersionsDelete", handle: remove },
];
