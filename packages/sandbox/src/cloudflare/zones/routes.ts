import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Store } from "../../store/store.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { findScript, publish } from "../scripts/state.ts";
import { publishShared } from "../scripts/triggers.ts";
import { hostOf } from "./patterns.ts";
import { type RouteRecord, routesOf, workerRoutes, type ZoneRecord, zoneOfHost, zonesOf } from "./records.ts";
import { requireZone } from "./zones.ts";

const SentRoute = v.object({ pattern: v.string(), script: v.nullish(v.string()) });

/** No `script` at all where there is none: the provider tells that from an empty one. */
function view({ id, pattern, script }: RouteRecord) {
  return { id, pattern, ...(script === undefined ? {} : { script }) };
}

function requireRoute(request: ApiRequest, context: CloudflareContext): RouteRecord {
  const { id } = requireZone(request, context);
  const key = [context.identity.accountId, id, request.param("route")];
  const found = context.store.get(workerRoutes, key);
  if (found === undefined) throw fault(404, 10009, "This route does not exist.");
  return found;
}

/** Refuses what can't be a route of this zone. `own`: the route that is being changed. */
export function checkRoute(
  context: CloudflareContext,
  zone: ZoneRecord,
  { pattern, script }: Pick<RouteRecord, "pattern" | "script">,
  own?: (route: RouteRecord) => boolean,
): void {
  const { store, identity } = context;
  const host = hostOf(pattern);
  if (host === undefined || zoneOfHost(zonesOf(store, identity), host)?.id !== zone.id) {
    throw fault(
      400,
      10022,
      `The route pattern '${pattern}' can't be used in the zone ${zone.name}: it has to name a host of it, with a wildcard only in front of the host or at the end of the path.`,
    );
  }
  const taken = routesOf(store, identity.accountId, zone.id).find((one) => one.pattern === pattern);
  if (taken !== undefined && own?.(taken) !== true) {
    throw fault(400, 10020, "A route with the same pattern already exists.");
  }
  if (script !== undefined && findScript(context, identity.accountId, script) === undefined) {
    throw fault(400, 10019, `The Worker '${script}' of the route '${pattern}' does not exist.`);
  }
}

export function newRoute(zone: ZoneRecord, pattern: string, script: string | undefined): RouteRecord {
  const id = randomBytes(16).toString("hex");
  return { id, zoneId: zone.id, pattern, ...(script === undefined ? {} : { script }) };
}

export function putRoute(store: Store, account: string, route: RouteRecord): void {
  store.put(workerRoutes, [account, route.zoneId, route.id], route);
}

/** Tells the Workers port of the routes of these scripts, and of those to none. */
export function publishRoutes(context: CloudflareContext, names: readonly (string | undefined)[]): void {
  for (const name of new Set(names)) {
    const script = name === undefined ? undefined : findScript(context, context.identity.accountId, name);
    if (script !== undefined) publish(context, script);
  }
  publishShared(context);
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const { id } = requireZone(request, context);
  return success(routesOf(context.store, context.identity.accountId, id).map(view));
}

async function read(request: ApiRequest): Promise<{ pattern: string; script: string | undefined }> {
  const { pattern, script } = checked(SentRoute, await request.json(), "route");
  return { pattern, script: script == null || script === "" ? undefined : script };
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const zone = requireZone(request, context);
  const { pattern, script } = await read(request);
  const route = newRoute(zone, pattern, script);
  checkRoute(context, zone, route);
  putRoute(context.store, context.identity.accountId, route);
  publishRoutes(context, [script]);
  return success(view(route));
}

async function update(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const zone = requireZone(request, context);
  const before = requireRoute(request, context);
  const { pattern, script } = await read(request);
  const route = { ...newRoute(zone, pattern, script), id: before.id };
  checkRoute(context, zone, route, ({ id }) => id === before.id);
  putRoute(context.store, context.identity.accountId, route);
  publishRoutes(context, [before.script, script]);
  return success(view(route));
}

function remove(request: ApiRequest, context: CloudflareContext): Response {
  const { id, zoneId, script } = requireRoute(request, context);
  context.store.delete(workerRoutes, [context.identity.accountId, zoneId, id]);
  publishRoutes(context, [script]);
  return success({ id });
}

const ROUTES = "/client/v4/zones/:zone/workers/routes";
const ROUTE = `${ROUTES}/:route`;

export const zoneWorkerRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: ROUTES, operation: "WorkersRoutesList", handle: list },
  { method: "POST", path: ROUTES, operation: "WorkersRoutesCreate", handle: create },
  {
    method: "GET",
    path: ROUTE,
    operation: "WorkersRoutesGet",
    handle: (request, context) => success(view(requireRoute(request, context))),
  },
  { method: "PUT", path: ROUTE, operation: "WorkersRoutesUpdate", handle: update },
  { method: "DELETE", path: ROUTE, operation: "WorkersRoutesDelete", handle: remove },
];
