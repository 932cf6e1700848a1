import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { requireScript } from "../scripts/state.ts";
import { hostOf } from "./patterns.ts";
import { routesOf, workerRoutes, type ZoneRecord, zoneOfHost, zonesOf } from "./records.ts";
import { checkRoute, newRoute, publishRoutes, putRoute } from "./routes.ts";

const Routes = v.array(
  v.object({ pattern: v.string(), zone_id: v.nullish(v.string()), zone_name: v.nullish(v.string()) }),
);

/** All of a script's routes at once, in whatever zones: wrangler's way. Those that are not sent are gone. */
async function replace(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { account, name } = requireScript(context, request.param("account"), request.param("script"));
  const sent = checked(Routes, await request.json(), "routes");
  const { store } = context;
  const wanted = sent.map((route) => ({ pattern: route.pattern, zone: zoneOf(context, route) }));
  for (const { pattern, zone } of wanted) {
    checkRoute(context, zone, { pattern, script: name }, ({ script }) => script === name);
  }
  const before = routesOf(store, account).filter(({ script }) => script === name);
  const routes = wanted.map(
    ({ pattern, zone }) =>
      before.find((one) => one.pattern === pattern && one.zoneId === zone.id) ??
      newRoute(zone, pattern, name),
  );
  store.transaction(() => {
    for (const { id, zoneId } of before) store.delete(workerRoutes, [account, zoneId, id]);
    for (const route of routes) putRoute(store, account, route);
  });
  publishRoutes(context, [name]);
  return success(routes.map(({ id, pattern, script }) => ({ id, pattern, script })));
}

function zoneOf(
  { store, identity }: CloudflareContext,
  { pattern, zone_id, zone_name }: v.InferOutput<typeof Routes>[number],
): ZoneRecord {
  const all = zonesOf(store, identity);
  const host = hostOf(pattern);
  const found = all.find((zone) =>
    zone_id != null
      ? zone.id === zone_id
      : zone_name != null
        ? zone.name === zone_name
        : host !== undefined && zone.id === zoneOfHost(all, host)?.id,
  );
  if (found !== undefined) return found;
  throw fault(400, 10022, `There is no zone for the route pattern '${pattern}' in this account.`);
}

export const scriptRouteRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "PUT",
    path: "/client/v4/accounts/:account/workers/scripts/:script/routes",
    operation: "WorkersScriptsRoutesUpdate",
    handle: replace,
  },
];
