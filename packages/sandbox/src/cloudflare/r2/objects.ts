import type { ApiRequest, Route } from "../../http/route.ts";
import type { R2Access, R2Entry } from "../../workers/runtime.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { requireBucket } from "./buckets.ts";
import { storedName } from "./records.ts";

/** The headers that are kept with an object, and R2's names for them. */
const HEADERS: readonly (readonly [header: string, field: string])[] = [
  ["content-type", "contentType"],
  ["content-disposition", "contentDisposition"],
  ["content-encoding", "contentEncoding"],
  ["content-language", "contentLanguage"],
  ["cache-control", "cacheControl"],
  ["expires", "cacheExpiry"],
];

function access(request: ApiRequest, context: CloudflareContext): R2Access {
  return context.workers.data.r2(storedName(requireBucket(request, context)));
}

async function list(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { query } = request;
  const [prefix, cursor] = [query.get("prefix"), query.get("cursor")];
  const limit = Math.min(Math.max(Number(query.get("per_page")) || 1000, 1), 1000);
  const found = await access(request, context).list({
    limit,
    ...(prefix === null ? {} : { prefix }),
    ...(cursor === null || cursor === "" ? {} : { cursor }),
  });
  return success(found.objects.map(view), {
    result_info: {
      count: found.objects.length,
      cursor: found.cursor ?? "",
      per_page: limit,
      is_truncated: found.cursor !== undefined,
    },
  });
}

function view({ key, size, etag, uploaded, httpMetadata, customMetadata }: R2Entry) {
  return {
    key,
    size,
    etag,
    last_modified: uploaded.toISOString(),
    http_metadata: httpMetadata,
    custom_metadata: customMetadata,
    storage_class: "Standard",
  };
}

async function get(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const found = await access(request, context).get(request.param("key"));
  if (found === undefined) throw fault(404, 10007, "The specified key does not exist.");
  const { httpMetadata, etag, uploaded } = found.entry;
  const kept = HEADERS.flatMap(([header, field]) => {
    const value = httpMetadata[field];
    return value === undefined ? [] : [[header, value]];
  });
  return new Response(new Uint8Array(found.value), {
    headers: {
      "content-type": "application/octet-stream",
      etag: `"${etag}"`,
      "last-modified": uploaded.toUTCString(),
      ...Object.fromEntries(kept),
    },
  });
}

async function put(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const bucket = access(request, context);
  const httpMetadata = HEADERS.flatMap(([header, field]) => {
    const value = request.headers.get(header);
    // What a client says of how it sends the body is not the object's.
    return value === null || (header === "content-encoding" && /gzip/i.test(value)) ? [] : [[field, value]];
  });
  const entry = await bucket.put(request.param("key"), await request.bytes(), {
    httpMetadata: Object.fromEntries(httpMetadata) as Record<string, string>,
  });
  return success({
    key: entry.key,
    etag: entry.etag,
    size: String(entry.size),
    uploaded: entry.uploaded.toISOString(),
    storage_class: "Standard",
  });
}

async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  await access(request, context).delete(request.param("key"));
  return success({ key: request.param("key") });
}

const OBJECTS = "/client/v4/accounts/:account/r2/buckets/:bucket/objects";
/** The rest of the path: clients do not escape a key's slashes. */
const OBJECT = `${OBJECTS}/:key{.+}`;

export const r2ObjectRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: OBJECTS, operation: "R2ObjectsList", handle: list },
  { method: "GET", path: OBJECT, operation: "R2ObjectsGet", handle: get },
  { method: "PUT", path: OBJECT, operation: "R2ObjectsUpload", handle: put },
  { method: "DELETE", path: OBJECT, operation: "R2ObjectsDelete", handle: remove },
];
