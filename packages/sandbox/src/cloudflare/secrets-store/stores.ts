import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ApiFault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { refused, type StoreRecord, secretsOf, storeSecrets, stores } from "./records.ts";

/** In the open beta. */
const MAX_STORES = 1;
/** Of all an account's stores. */
export const MAX_SECRETS = 100;

const New = v.object({ name: v.pipe(v.string(), v.trim(), v.minLength(1)) });

function ordered<R extends { readonly name: string; readonly created: string; readonly modified: string }>(
  records: readonly R[],
  query: URLSearchParams,
): R[] {
  const by = query.get("order") ?? "created";
  const field = by === "name" || by === "modified" ? by : "created";
  const sign = query.get("direction") === "desc" ? -1 : 1;
  return [...records].sort((a, b) => sign * (a[field] < b[field] ? -1 : 1));
}

function all({ store }: CloudflareContext, account: string): StoreRecord[] {
  return store.list(stores, [account]).map(({ record }) => record);
}

export function requireStore({ store }: CloudflareContext, request: ApiRequest): StoreRecord {
  const found = store.get(stores, [request.param("account"), request.param("store")]);
  if (found === undefined) throw refused("store_not_found", 404);
  return found;
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const body = await request.json();
  // The provider and the SDK send an object, older clients a list of one; each gets back what it sent.
  const sent = v.safeParse(New, Array.isArray(body) ? body[0] : body);
  if (!sent.success) throw refused("store_name_empty");
  if (all(context, account).length >= MAX_STORES) throw refused("maximum_stores_exceeded", 400, 1003);
  const now = context.now().toISOString();
  const id = randomBytes(16).toString("hex");
  const record = { id, name: sent.output.name, created: now, modified: now };
  context.store.put(stores, [account, id], record);
  return success(Array.isArray(body) ? [record] : record);
}

/** The Go client would repeat any other 409 for minutes. */
function notEmpty(): ApiFault {
  return new ApiFault(409, [{ code: 1003, message: "store_not_empty" }], { "x-should-retry": "false" });
}

function remove(request: ApiRequest, context: CloudflareContext): Response {
  const account = request.param("account");
  const { id } = requireStore(context, request);
  const filled = secretsOf(context, [account, id]).length > 0;
  if (filled && request.query.get("force") !== "true") throw notEmpty();
  context.store.transaction(() => {
    context.store.deleteAll(storeSecrets, [account, id]);
    context.store.delete(stores, [account, id]);
  });
  return success(null);
}

function quota(request: ApiRequest, context: CloudflareContext): Response {
  const usage = secretsOf(context, [request.param("account")]).length;
  return success({ secrets: { quota: MAX_SECRETS, usage } });
}

const STORES = "/client/v4/accounts/:account/secrets_store/stores";

export const storeRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: STORES,
    operation: "SecretsStoreStoresList",
    handle: (request, context) =>
      listing(ordered(all(context, request.param("account")), request.query), request.query),
  },
  { method: "POST", path: STORES, operation: "SecretsStoreStoresCreate", handle: create },
  {
    method: "GET",
    path: `${STORES}/:store`,
    operation: "SecretsStoreStoresGet",
    handle: (request, context) => success(requireStore(context, request)),
  },
  { method: "DELETE", path: `${STORES}/:store`, operation: "SecretsStoreStoresDelete", handle: remove },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/secrets_store/quota",
    operation: "SecretsStoreQuotaGet",
    handle: quota,
  },
];
