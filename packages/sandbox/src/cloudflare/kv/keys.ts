import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { access, write } from "./values.ts";

/** How many keys one request may write or delete, and how many it may read. */
const MAX_BULK = 10_000;
const MAX_BULK_GET = 100;

const Writes = v.array(
  v.object({
    key: v.string(),
    value: v.string(),
    base64: v.optional(v.boolean(), false),
    expiration: v.nullish(v.number()),
    expiration_ttl: v.nullish(v.number()),
    metadata: v.optional(v.custom<Json>(() => true)),
  }),
);
const Keys = v.array(v.string());
const Reads = v.object({
  keys: Keys,
  type: v.optional(v.picklist(["text", "json"]), "text"),
  withMetadata: v.optional(v.boolean(), false),
});

async function list(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { query } = request;
  const limit = Number(query.get("limit") ?? 1000);
  if (!Number.isInteger(limit) || limit < 10 || limit > 1000) {
    throw fault(400, 10029, "list keys: 'limit must be between 10 and 1000'");
  }
  const [prefix, cursor] = [query.get("prefix"), query.get("cursor")];
  const found = await access(request, context).list({
    limit,
    ...(prefix === null ? {} : { prefix }),
    ...(cursor === null || cursor === "" ? {} : { cursor }),
  });
  return success(found.keys, {
    result_info: { count: found.keys.length, cursor: found.cursor ?? "" },
  });
}

function checkCount(count: number, max: number): void {
  if (count <= max) return;
  throw fault(400, 10012, `bulk: ${count} keys are too many, at most ${max} are allowed`);
}

async function writeAll(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const kv = access(request, context);
  const writes = checked(Writes, await request.json(), "list of entries");
  checkCount(writes.length, MAX_BULK);
  for (const { key, value, base64, expiration, expiration_ttl, metadata } of writes) {
    await write(kv, {
      key,
      value: Buffer.from(value, base64 ? "base64" : "utf8"),
      ...(expiration == null ? {} : { expiration }),
      ...(expiration_ttl == null ? {} : { expirationTtl: expiration_ttl }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  }
  return done(writes.length);
}

async function deleteAll(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const kv = access(request, context);
  const keys = checked(Keys, await request.json(), "list of keys");
  checkCount(keys.length, MAX_BULK);
  for (const key of keys) await kv.delete(key);
  return done(keys.length);
}

async function readAll(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const kv = access(request, context);
  const { keys, type, withMetadata } = checked(Reads, await request.json(), "list of keys");
  checkCount(keys.length, MAX_BULK_GET);
  const values: [string, Json][] = [];
  for (const key of keys) {
    const found = await kv.get(key);
    const text = found === undefined ? undefined : Buffer.from(found.value).toString("utf8");
    const value = text === undefined ? null : type === "json" ? parsed(key, text) : text;
    const entry = found?.entry;
    values.push([
      key,
      withMetadata && entry !== undefined
        ? {
            value,
            metadata: entry.metadata ?? null,
            ...(entry.expiration === undefined ? {} : { expiration: entry.expiration }),
          }
        : value,
    ]);
  }
  return success({ values: Object.fromEntries(values) });
}

function parsed(key: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw fault(400, 10012, `bulk get: the value of ${key} is not valid JSON`);
  }
}

function done(count: number): Response {
  return success({ successful_key_count: count, unsuccessful_keys: [] });
}

const NAMESPACE = "/client/v4/accounts/:account/storage/kv/namespaces/:namespace";
const BULK = `${NAMESPACE}/bulk`;

export const kvKeyRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: `${NAMESPACE}/keys`, operation: "KvNamespacesKeysList", handle: list },
  { method: "PUT", path: BULK, operation: "KvNamespacesBulkUpdate", handle: writeAll },
  { method: "POST", path: `${BULK}/get`, operation: "KvNamespacesBulkGet", handle: readAll },
  { method: "POST", path: `${BULK}/delete`, operation: "KvNamespacesBulkDelete", handle: deleteAll },
  // wrangler's way to say the same.
  { method: "DELETE", path: BULK, operation: "KvNamespacesBulkDeleteOld", handle: deleteAll },
];
