import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import type { KvAccess } from "../../workers/runtime.ts";
import { ApiFault, fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { boundaryOf, parseForm } from "../multipart.ts";
import { requireNamespace } from "./namespaces.ts";

/** One entry, to be written. */
export interface KvWrite {
  readonly key: string;
  readonly value: Uint8Array;
  readonly expiration?: number;
  readonly expirationTtl?: number;
  readonly metadata?: Json;
}

export function access(request: ApiRequest, context: CloudflareContext): KvAccess {
  return context.workers.data.kv(requireNamespace(request, context).id);
}

/**
 * What KV refuses it says in words of its own, which name limits and never a value. 10034 is the service's code for an
 * expiry; the one for the rest is not known.
 */
export async function write(kv: KvAccess, { key, value, ...options }: KvWrite): Promise<void> {
  try {
    await kv.put(key, value, options);
  } catch (error) {
    if (error instanceof ApiFault || !(error instanceof Error)) throw error;
    const code = /expiration/i.test(error.message) ? 10034 : 10033;
    throw fault(400, code, `put: '${error.message}'`);
  }
}

async function get(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const found = await access(request, context).get(request.param("key"));
  if (found === undefined) throw fault(404, 10009, "get: 'key not found'");
  const { expiration } = found.entry;
  return new Response(new Uint8Array(found.value), {
    headers: {
      "content-type": "application/octet-stream",
      ...(expiration === undefined ? {} : { expiration: String(expiration) }),
    },
  });
}

async function metadata(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const found = await access(request, context).get(request.param("key"));
  if (found === undefined) throw fault(404, 10009, "get: 'key not found'");
  return success(found.entry.metadata ?? null);
}

/** The body is the value, unless it is a form that has one and its metadata. */
async function put(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const kv = access(request, context);
  const body = await request.bytes();
  const boundary = boundaryOf(request.headers.get("content-type") ?? "");
  const sent = boundary === undefined ? { value: body } : fromForm(body, boundary);
  await write(kv, {
    key: request.param("key"),
    ...sent,
    ...seconds("expiration", request.query.get("expiration")),
    ...seconds("expirationTtl", request.query.get("expiration_ttl")),
  });
  return success(null);
}

function fromForm(body: Uint8Array, boundary: string): Pick<KvWrite, "value" | "metadata"> {
  const parts = parseForm(body, boundary);
  const value = parts.find(({ name }) => name === "value");
  if (value === undefined) throw fault(400, 10012, "put: the form has no part named value");
  const about = parts.find(({ name }) => name === "metadata");
  if (about === undefined) return { value: value.bytes };
  try {
    return { value: value.bytes, metadata: JSON.parse(Buffer.from(about.bytes).toString("utf8")) as Json };
  } catch {
    throw fault(400, 10012, "put: the metadata is not valid JSON");
  }
}

function seconds<K extends string>(key: K, text: string | null): { readonly [P in K]?: number } {
  if (text === null) return {};
  if (!/^\d+$/.test(text)) throw fault(400, 10034, `put: '${key} is not a whole number of seconds'`);
  return { [key]: Number(text) } as { readonly [P in K]?: number };
}

async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  await access(request, context).delete(request.param("key"));
  return success(null);
}

const NAMESPACE = "/client/v4/accounts/:account/storage/kv/namespaces/:namespace";
const VALUE = `${NAMESPACE}/values/:key`;

export const kvValueRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: VALUE, operation: "KvNamespacesValuesGet", handle: get },
  { method: "PUT", path: VALUE, operation: "KvNamespacesValuesUpdate", handle: put },
  { method: "DELETE", path: VALUE, operation: "KvNamespacesValuesDelete", handle: remove },
  {
    method: "GET",
    path: `${NAMESPACE}/metadata/:key`,
    operation: "KvNamespacesMetadataGet",
    handle: metadata,
  },
];
