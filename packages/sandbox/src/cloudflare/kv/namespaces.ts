import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { type KvNamespaceRecord, kvNamespaces, namespacesOf } from "./records.ts";

const Namespace = v.object({ title: v.optional(v.string(), ""), jurisdiction: v.nullish(v.string()) });

function view(record: KvNamespaceRecord) {
  return { ...record, supports_url_encoding: true };
}

/** 10013 on a 404. */
export function requireNamespace(request: ApiRequest, { store }: CloudflareContext): KvNamespaceRecord {
  const id = request.param("namespace");
  const found = store.get(kvNamespaces, [request.param("account"), id]);
  if (found === undefined) throw fault(404, 10013, "get namespace: 'namespace not found'");
  return found;
}

function list(request: ApiRequest, { store }: CloudflareContext): Response {
  const found = namespacesOf(store, request.param("account"));
  if (request.query.get("order") === "id") found.sort((a, b) => (a.id < b.id ? -1 : 1));
  if (request.query.get("direction") === "desc") found.reverse();
  return listing(found.map(view), request.query);
}

async function sentTo(request: ApiRequest, context: CloudflareContext, own?: string) {
  const { title, jurisdiction } = checked(Namespace, await request.json(), "namespace");
  if (title === "") throw fault(400, 10019, "a namespace title is required");
  const others = namespacesOf(context.store, request.param("account")).filter(({ id }) => id !== own);
  if (others.some((one) => one.title === title)) {
    throw fault(400, 10014, "a namespace with this account ID and title already exists");
  }
  return { title, ...(jurisdiction == null ? {} : { jurisdiction }) };
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const record = { id: randomBytes(16).toString("hex"), ...(await sentTo(request, context)) };
  context.store.put(kvNamespaces, [request.param("account"), record.id], record);
  return success(view(record));
}

/** The whole namespace also here: from an answer without it the provider would lose the id. */
async function rename(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const before = requireNamespace(request, context);
  const { title } = await sentTo(request, context, before.id);
  const record = { ...before, title };
  context.store.put(kvNamespaces, [request.param("account"), before.id], record);
  return success(view(record));
}

/** Also while Workers are bound to it. They keep the binding and find nothing behind it. */
async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { id } = requireNamespace(request, context);
  context.store.delete(kvNamespaces, [request.param("account"), id]);
  await context.workers.data.drop({ kind: "kv", namespaceId: id });
  return success(null);
}

const NAMESPACES = "/client/v4/accounts/:account/storage/kv/namespaces";
const NAMESPACE = `${NAMESPACES}/:namespace`;

export const kvNamespaceRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: NAMESPACES, operation: "KvNamespacesList", handle: list },
  { method: "POST", path: NAMESPACES, operation: "KvNamespacesCreate", handle: create },
  {
    method: "GET",
    path: NAMESPACE,
    operation: "KvNamespacesGet",
    handle: (request, context) => success(view(requireNamespace(request, context))),
  },
  { method: "PUT", path: NAMESPACE, operation: "KvNamespacesUpdate", handle: rename },
  { method: "DELETE", path: NAMESPACE, operation: "KvNamespacesDelete", handle: remove },
];
