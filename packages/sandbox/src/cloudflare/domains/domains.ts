import { randomBytes, randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { requireScript } from "../scripts/state.ts";
import { zoneOfHost, zonesOf } from "../zones/records.ts";
import { publishRoutes } from "../zones/routes.ts";
import { type DomainRecord, domains, domainsOf } from "./records.ts";

/** A custom domain as clients ask for it. Without a zone, it is the one that the host name belongs to. */
export const Origin = v.object({
  hostname: v.string(),
  zone_id: v.nullish(v.string()),
  zone_name: v.nullish(v.string()),
  enabled: v.nullish(v.boolean()),
  previews_enabled: v.nullish(v.boolean()),
});

const Domain = v.object({
  ...Origin.entries,
  service: v.string(),
  environment: v.nullish(v.string()),
  override_existing_origin: v.nullish(v.boolean()),
});

export type Origin = v.InferOutput<typeof Origin>;

export function viewDomain(domain: DomainRecord) {
  return {
    id: domain.id,
    hostname: domain.hostname,
    service: domain.service,
    environment: domain.environment,
    zone_id: domain.zoneId,
    zone_name: domain.zoneName,
    cert_id: domain.certId,
    enabled: domain.enabled,
    previews_enabled: domain.previewsEnabled,
  };
}

/** What the domain would be. A host name that is there already keeps its id. */
export function resolveDomain(
  { store, identity }: CloudflareContext,
  origin: Origin,
  service: string,
  environment: string,
): DomainRecord {
  const hostname = origin.hostname.toLowerCase();
  const zone = zoneOfHost(zonesOf(store, identity), hostname);
  const other =
    (origin.zone_id != null && origin.zone_id !== zone?.id) ||
    (origin.zone_name != null && origin.zone_name !== zone?.name);
  if (zone === undefined || other || !/^[a-z0-9._-]+$/.test(hostname)) {
    // The words are the sandbox's own.
    throw fault(
      400,
      100115,
      `The host name '${hostname}' is in no zone of this account, or not in the one given.`,
    );
  }
  const before = domainsOf(store, identity.accountId).find((one) => one.hostname === hostname);
  return {
    id: before?.id ?? randomBytes(16).toString("hex"),
    hostname,
    zoneId: zone.id,
    zoneName: zone.name,
    service,
    environment,
    certId: before?.certId ?? randomUUID(),
    enabled: origin.enabled ?? true,
    previewsEnabled: origin.previews_enabled ?? false,
  };
}

/** 100116: another Worker has the host name, and nobody said that it may be taken from it. */
export function refuseTaken(context: CloudflareContext, wanted: readonly DomainRecord[]): void {
  const all = domainsOf(context.store, context.identity.accountId);
  const taken = wanted.filter((one) =>
    all.some(({ hostname, service }) => hostname === one.hostname && service !== one.service),
  );
  if (taken.length === 0) return;
  const names = taken.map(({ hostname }) => `'${hostname}'`).join(", ");
  throw fault(
    400,
    100116,
    `Hostname ${names} is already in use by another Worker. Use the option 'override_existing_origin' to override.`,
  );
}

function find(request: ApiRequest, { store }: CloudflareContext): DomainRecord {
  const found = store.get(domains, [request.param("account"), request.param("domain")]);
  if (found === undefined) throw fault(404, 100114, "This custom domain does not exist.");
  return found;
}

function list(request: ApiRequest, { store }: CloudflareContext): Response {
  const { query } = request;
  const matches = (key: string, value: string) => (query.get(key) ?? value) === value;
  const found = domainsOf(store, request.param("account")).filter(
    (one) =>
      matches("hostname", one.hostname) &&
      matches("service", one.service) &&
      matches("environment", one.environment) &&
      matches("zone_id", one.zoneId) &&
      matches("zone_name", one.zoneName),
  );
  return listing(found.map(viewDomain), query, 1000);
}

async function put(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const sent = checked(Domain, await request.json(), "custom domain");
  requireScript(context, account, sent.service);
  const domain = resolveDomain(context, sent, sent.service, sent.environment ?? "production");
  if (sent.override_existing_origin !== true) refuseTaken(context, [domain]);
  const before = context.store.get(domains, [account, domain.id])?.service;
  context.store.put(domains, [account, domain.id], domain);
  publishRoutes(context, [before, domain.service]);
  return success(viewDomain(domain));
}

function remove(request: ApiRequest, context: CloudflareContext): Response {
  const { id, service } = find(request, context);
  context.store.delete(domains, [request.param("account"), id]);
  publishRoutes(context, [service]);
  return success({ id });
}

const DOMAINS = "/client/v4/accounts/:account/workers/domains";
const get: Route<CloudflareContext>["handle"] = (request, context) =>
  success(viewDomain(find(request, context)));

export const domainRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: DOMAINS, operation: "WorkersDomainsList", handle: list },
  { method: "PUT", path: DOMAINS, operation: "WorkersDomainsUpdate", handle: put },
  // wrangler's names for the same; they stand first, or `records` would be an id.
  { method: "GET", path: `${DOMAINS}/records`, operation: "WorkersDomainsRecordsList", handle: list },
  { method: "GET", path: `${DOMAINS}/records/:domain`, operation: "WorkersDomainsRecordsGet", handle: get },
  { method: "GET", path: `${DOMAINS}/:domain`, operation: "WorkersDomainsGet", handle: get },
  { method: "DELETE", path: `${DOMAINS}/:domain`, operation: "WorkersDomainsDelete", handle: remove },
];
