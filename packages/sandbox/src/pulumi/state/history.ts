import { type ApiRequest, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, notFound } from "../errors.ts";
import { userInfo } from "../identity.ts";
import { seconds, wholeNumber } from "../input.ts";
import { findStack, openFacts, settled } from "./find.ts";
import { S } from "./lease-routes.ts";
import { history, type Stack, type Update, type UpdateStatus, updates } from "./records.ts";
import { versionKey } from "./rows.ts";

const RESULTS: Readonly<Record<UpdateStatus, string>> = {
  "not-started": "not-started",
  running: "in-progress",
  succeeded: "succeeded",
  failed: "failed",
  // The history knows no fourth outcome.
  cancelled: "failed",
};

function info(context: PulumiHalf, stack: Stack, stored: Update) {
  const update = settled(stored, context.now().getTime());
  const { message, environment, config } = openFacts(context, stack, update);
  return {
    kind: update.kind,
    startTime: seconds(update.started ?? update.created),
    message,
    environment,
    config,
    result: RESULTS[update.status],
    endTime: update.ended === undefined ? 0 : seconds(update.ended),
    version: update.version ?? 0,
    ...(update.resourceChanges === undefined ? {} : { resourceChanges: update.resourceChanges }),
    ...(update.resourceCount === undefined ? {} : { resourceCount: update.resourceCount }),
  };
}

/** One update in the fuller form. */
export function detail(context: PulumiHalf, stack: Stack, update: Update) {
  return {
    info: info(context, stack, update),
    updateID: update.id,
    version: update.version ?? 0,
    latestVersion: stack.version,
    requestedBy: userInfo(context.identity),
  };
}

function updateOf({ store }: PulumiHalf, stack: Stack, version: number): Update {
  const id = store.get(history, versionKey(stack, version));
  const update = id === undefined ? undefined : store.get(updates, [stack.id, id]);
  if (update === undefined) throw notFound(`Version ${version} not found`);
  return update;
}

/** Newest first. `page` counts from 1; without it, or as 0, the whole history is meant. */
function list(request: ApiRequest, context: PulumiHalf): Response {
  const stack = findStack(request, context);
  const page = wholeNumber(request, "page") ?? 0;
  const pageSize = wholeNumber(request, "pageSize") ?? 10;
  if (page > 0 && pageSize === 0) throw badRequest("Invalid 'pageSize' value: it must be at least 1");
  const first = page === 0 ? stack.version : stack.version - (page - 1) * pageSize;
  const last = page === 0 ? 1 : Math.max(1, first - pageSize + 1);
  const found: Update[] = [];
  for (let version = first; version >= last; version--) found.push(updateOf(context, stack, version));
  if (!request.query.has("output-type")) {
    return json(200, { updates: found.map((update) => info(context, stack, update)) });
  }
  return json(200, {
    updates: found.map((update) => detail(context, stack, update)),
    itemsPerPage: page === 0 ? found.length : pageSize,
    total: stack.version,
  });
}

function one(request: ApiRequest, context: PulumiHalf): Response {
  const stack = findStack(request, context);
  const text = request.param("version");
  if (text !== "latest" && !/^\d{1,9}$/.test(text))
    throw badRequest("Invalid version: it must be a whole number or 'latest'");
  const version = text === "latest" ? stack.version : Number(text);
  return json(200, detail(context, stack, updateOf(context, stack, version)));
}

export const historyRoutes: readonly Route<PulumiHalf>[] = [
  { method: "GET", path: `${S}/updates`, operation: "GetStackUpdates", handle: list },
  { method: "GET", path: `${S}/updates/:version`, operation: "GetStackUpdate", handle: one },
];
