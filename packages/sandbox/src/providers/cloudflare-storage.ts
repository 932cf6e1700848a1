/** What holds data, terraform-provider-cloudflare 5.22, internal/services/{workers_kv_namespace,d1_database,r2_bucket}. */
import type { Description } from "./cloudflare-resource.ts";
import { type Properties, UNKNOWN } from "./properties.ts";
import { computed, fixed, pathKey, required, stable } from "./terraform-fields.ts";

export const workersKvNamespace: Description = {
  type: "cloudflare:index/workersKvNamespace:WorkersKvNamespace",
  fields: { id: stable, accountId: pathKey, title: required, supportsUrlEncoding: computed },
  absent: ["jurisdiction"],
  id: "id",
  create: "POST accounts/{accountId}/storage/kv/namespaces",
  update: "PUT accounts/{accountId}/storage/kv/namespaces/{id}",
  read: "GET accounts/{accountId}/storage/kv/namespaces/{id}",
  delete: "DELETE accounts/{accountId}/storage/kv/namespaces/{id}",
  import: { form: "<account_id>/<namespace_id>", properties: ["accountId", "id"] },
};

export const d1Database: Description = {
  type: "cloudflare:index/d1Database:D1Database",
  fields: {
    id: { mode: "computed", wire: false, stable: true },
    uuid: stable,
    accountId: pathKey,
    name: fixed,
    jurisdiction: { mode: "optional", replace: true, oneOf: ["eu", "fedramp"] },
    primaryLocationHint: {
      mode: "optional",
      replace: true,
      kept: true,
      oneOf: ["wnam", "enam", "weur", "eeur", "apac", "oc"],
    },
    readReplication: {
      mode: "optional",
      members: { mode: { mode: "required", oneOf: ["auto", "disabled"] } },
    },
    createdAt: computed,
    fileSize: computed,
    numTables: computed,
    version: computed,
  },
  id: "id",
  create: "POST accounts/{accountId}/d1/database",
  update: "PUT accounts/{accountId}/d1/database/{uuid}",
  read: "GET accounts/{accountId}/d1/database/{uuid}",
  delete: "DELETE accounts/{accountId}/d1/database/{uuid}",
  import: { form: "<account_id>/<database_id>", properties: ["accountId", "uuid"] },
  finish: (state) => ({ ...state, id: state.uuid ?? null }),
};

export const r2Bucket: Description = {
  type: "cloudflare:index/r2Bucket:R2Bucket",
  fields: {
    id: { mode: "computed", wire: false, stable: true },
    name: fixed,
    accountId: pathKey,
    location: {
      mode: "both",
      replace: "if-given",
      once: true,
      oneOf: ["apac", "eeur", "enam", "weur", "wnam", "oc"],
    },
    storageClass: { mode: "both", default: "Standard", oneOf: ["Standard", "InfrequentAccess"] },
    creationDate: stable,
    jurisdiction: { mode: "both", default: "default", kept: true, oneOf: ["default", "eu", "fedramp"] },
  },
  id: "name",
  create: "POST accounts/{accountId}/r2/buckets",
  update: "PATCH accounts/{accountId}/r2/buckets/{name}",
  read: "GET accounts/{accountId}/r2/buckets/{name}",
  delete: "DELETE accounts/{accountId}/r2/buckets/{name}",
  import: {
    form: "<account_id>/<bucket_name>/<jurisdiction>",
    properties: ["accountId", "name", "jurisdiction"],
  },
  // A create has names of its own in the body; an update has no body: all it can change is in a header.
  body: (planned, before) => (before ? null : createBucket(planned)),
  headers: ({ jurisdiction, storageClass }, call) => ({
    ...(typeof jurisdiction === "string" ? { "cf-r2-jurisdiction": jurisdiction } : {}),
    ...(call.startsWith("PATCH") ? { "cf-r2-storage-class": String(storageClass) } : {}),
  }),
  finish: (state) => ({ ...state, id: state.name ?? null }),
};

function createBucket({ name = null, location = null, storageClass = null }: Properties): Properties {
  const hint: Properties = location === null || location === UNKNOWN ? {} : { locationHint: location };
  return { ...hint, name, storageClass };
}
