import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { domains, domainsOf } from "../domains/records.ts";
import { ApiFault, fault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { publishAll } from "../scripts/state.ts";
import { userId } from "../stable-id.ts";
import { workerRoutes, type ZoneRecord, zones, zonesOf } from "./records.ts";

const NewZone = v.object({
  name: v.string(),
  account: v.optional(v.object({ id: v.optional(v.string()) })),
  type: v.optional(v.string()),
});

function view({ identity }: CloudflareContext, { id, name, createdOn }: ZoneRecord) {
  return {
    id,
    name,
    status: "active",
    paused: false,
    type: "full",
    development_mode: 0,
    name_servers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    created_on: createdOn,
    modified_on: createdOn,
    activated_on: createdOn,
    account: { id: identity.accountId, name: identity.accountName },
    owner: { id: userId(identity), type: "user", name: null },
    permissions: ["#zone:read", "#zone:edit", "#worker:read", "#worker:edit"],
    plan: { id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name: "Free Website", price: 0, currency: "USD" },
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
  };
}

/** Refuses what is no id as a path that leads nowhere, and an unknown zone as somebody else's. */
export function requireZone(request: ApiRequest, { store, identity }: CloudflareContext): ZoneRecord {
  const id = request.param("zone");
  const found = zonesOf(store, identity).find((zone) => zone.id === id);
  if (found !== undefined) return found;
  if (/^[0-9a-f]{32}$/.test(id)) throw fault(403, 9109, "Unauthorized to access requested resource");
  const path = new URL(request.raw.url).pathname;
  throw new ApiFault(404, [
    { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
    { code: 7000, message: "No route for that URI" },
  ]);
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const { query } = request;
  const [name, account, status] = [query.get("name"), query.get("account.id"), query.get("status")];
  const found = zonesOf(context.store, context.identity)
    .filter((zone) => name === null || zone.name === name)
    .filter(() => account === null || account === context.identity.accountId)
    .filter(() => status === null || status === "active");
  return listing(
    found.map((zone) => view(context, zone)),
    query,
  );
}

/** It is active at once: nobody asks name servers here. */
async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const sent = checked(NewZone, await request.json(), "zone");
  const { store, identity } = context;
  const name = sent.name.toLowerCase();
  if (sent.account?.id !== undefined && sent.account.id !== identity.accountId) {
    throw fault(403, 9109, "Unauthorized to access requested resource");
  }
  if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(name)) {
    throw fault(400, 1049, `${name} is not a registered domain`);
  }
  if (zonesOf(store, identity).some((zone) => zone.name === name)) {
    throw fault(400, 1061, `${name} already exists`);
  }
  const zone = { id: randomBytes(16).toString("hex"), name, createdOn: context.now().toISOString() };
  store.put(zones, [identity.accountId, zone.id], zone);
  return success(view(context, zone));
}

/** With it go its routes and custom domains. */
function remove(request: ApiRequest, context: CloudflareContext): Response {
  const { id } = requireZone(request, context);
  const { store, identity } = context;
  const account = identity.accountId;
  if (store.get(zones, [account, id]) === undefined) {
    throw fault(400, 1099, "The sandbox's own zone can't be deleted.");
  }
  store.transaction(() => {
    store.delete(zones, [account, id]);
    store.deleteAll(workerRoutes, [account, id]);
    for (const domain of domainsOf(store, account).filter(({ zoneId }) => zoneId === id)) {
      store.delete(domains, [account, domain.id]);
    }
  });
  publishAll(context);
  return success({ id });
}

const ZONES = "/client/v4/zones";
const ZONE = `${ZONES}/:zone`;

export const zoneRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: ZONES, operation: "ZonesList", handle: list },
  { method: "POST", path: ZONES, operation: "ZonesCreate", handle: create },
  {
    method: "GET",
    path: ZONE,
    operation: "ZonesGet",
    handle: (request, context) => success(view(context, requireZone(request, context))),
  },
  { method: "DELETE", path: ZONE, operation: "ZonesDelete", handle: remove },
];
