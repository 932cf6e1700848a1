import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { requireScript, versionById, versionsOf } from "./state.ts";
import { metadataOf, versionView } from "./views.ts";

/** Older ones exist, but can't be deployed any more. */
export const DEPLOYABLE = 100;

function list(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const newest = versionsOf(context, script).reverse();
  const items = request.query.get("deployable") === "true" ? newest.slice(0, DEPLOYABLE) : newest;
  const perPage = Math.max(1, Number(request.query.get("per_page")) || items.length || 1);
  const page = Math.max(1, Number(request.query.get("page")) || 1);
  const shown = items.slice((page - 1) * perPage, page * perPage);
  return success(
    {
      items: shown.map((version) => ({
        id: version.id,
        number: version.number,
        metadata: metadataOf(context, version),
        annotations: version.annotations,
      })),
    },
    {
      result_info: {
        page,
        per_page: perPage,
        count: shown.length,
        total_count: items.length,
        total_pages: Math.ceil(items.length / perPage),
      },
    },
  );
}

function get(request: ApiRequest, context: CloudflareContext): Response {
  const script = requireScript(context, request.param("account"), request.param("script"));
  const version = versionById(context, script, request.param("version"));
  if (version === undefined) throw fault(404, 10007, "This version does not exist on this Worker.");
  return success({ ...versionView(script, version), metadata: metadataOf(context, version) });
}

const VERSIONS = "/client/v4/accounts/:account/workers/scripts/:script/versions";

export const versionRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: VERSIONS, operation: "WorkersScriptsVersionsList", handle: list },
  { method: "GET", path: `${VERSIONS}/:version`, operation: "WorkersScriptsVersionsGet", handle: get },
];
