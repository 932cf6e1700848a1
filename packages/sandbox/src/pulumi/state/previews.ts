import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest } from "../errors.ts";
import { wholeNumber } from "../input.ts";
import { findStack } from "./find.ts";
import { detail } from "./history.ts";
import { S } from "./lease-routes.ts";
import { type Stack, type Update, unversioned, updates } from "./records.ts";
import { lastUpdate } from "./rows.ts";

/** The dry runs since the last update that could write, oldest first; as many as are kept. */
function previewsOf(context: PulumiHalf, stack: Stack): Update[] {
  const { store } = context;
  const since = lastUpdate(context, stack)?.created ?? 0;
  return store.list(unversioned, [stack.id]).flatMap(({ record }) => {
    const update = store.get(updates, [stack.id, record]);
    return update?.dryRun && update.started !== undefined && update.created >= since ? [update] : [];
  });
}

/** `page` counts from 1; 0 is all of it. Newest first unless `asc=true`. */
function list(request: ApiRequest, context: PulumiHalf): Response {
  const stack = findStack(request, context);
  const page = wholeNumber(request, "page") ?? 0;
  const pageSize = wholeNumber(request, "pageSize") ?? (page === 0 ? 0 : 10);
  if (page > 0 && pageSize === 0) throw badRequest("Invalid 'pageSize' value. Must be >= 1.");
  if (page === 0 && pageSize > 0)
    throw badRequest("Invalid 'pageSize' value. Must be 0 or unset when 'page' is 0.");
  const all = previewsOf(context, stack);
  if (request.query.get("asc") !== "true") all.reverse();
  const shown = page === 0 ? all : all.slice((page - 1) * pageSize, page * pageSize);
  return json(200, {
    updates: shown.map((update) => detail(context, stack, update)),
    itemsPerPage: page === 0 ? shown.length : pageSize,
    total: all.length,
  });
}

export const previewRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: `${S}/updates/latest/previews`,
    operation: "GetLatestStackPreviews",
    handle: list,
  },
];
