import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { openText, sealText } from "../../store/vault.ts";
import { listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import {
  refused,
  type StoreSecretRecord,
  sealingScope,
  secretByName,
  secretsOf,
  storeSecrets,
} from "./records.ts";
import { MAX_SECRETS, requireStore } from "./stores.ts";

/** The API's own limit since 2026; it was 1024 before. */
const MAX_VALUE_BYTES = 64 * 1024;
const SCOPES = ["workers", "ai_gateway", "dex", "access", "containers", "websearch"];

const Changes = v.object({
  value: v.optional(v.string()),
  scopes: v.optional(v.array(v.string())),
  comment: v.nullish(v.string()),
});
const New = v.object({ ...Changes.entries, name: v.string() });

type Changes = v.InferOutput<typeof Changes>;

function view({ sealed: _, ...record }: StoreSecretRecord, store: string) {
  return { ...record, store_id: store, status: "active" };
}

/** Checks a body's shape. The answer repeats nothing of it: it holds a secret. */
function checked<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  throw refused("invalid_json_body");
}

function checkName(name: string): void {
  if (name === "") throw refused("secret_name_empty");
  if (/[\s\p{C}]/u.test(name)) throw refused("secret_name_contains_spaces");
}

function checkChanges({ value, scopes }: Changes): void {
  if (value === "") throw refused("secret_value_empty");
  if (value !== undefined && Buffer.byteLength(value) > MAX_VALUE_BYTES)
    throw refused("secret_value_too_long");
  if (scopes?.length === 0) throw refused("secret_scopes_empty");
  if (scopes?.some((scope) => !SCOPES.includes(scope))) throw refused("secret_scope_invalid");
}

type New = v.InferOutput<typeof New>;

/** Stores new secrets, all or none. */
function add(context: CloudflareContext, account: string, store: string, added: readonly New[]) {
  const scope = sealingScope(account, store);
  const now = context.now().toISOString();
  return context.store.transaction(() =>
    added.map(({ name, value, scopes, comment }) => {
      if (secretByName(context, [account, store], name) !== undefined)
        throw refused(`secret_name_already_exists: ${name}`, 400, 1003);
      if (secretsOf(context, [account]).length >= MAX_SECRETS)
        throw refused("maximum_secrets_exceeded", 400, 1003);
      const record = {
        id: randomBytes(16).toString("hex"),
        name,
        ...(comment == null ? {} : { comment }),
        scopes: scopes ?? [],
        created: now,
        modified: now,
        sealed: sealText(context.vault, scope, value ?? ""),
      };
      context.store.put(storeSecrets, [account, store, record.id], record);
      return view(record, store);
    }),
  );
}

/** The body is a list, usually of one, and so is the answer. */
async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { id } = requireStore(context, request);
  const sent = checked(v.array(New), await request.json());
  for (const one of sent) {
    checkName(one.name);
    checkChanges({ ...one, value: one.value ?? "", scopes: one.scopes ?? [] });
  }
  return success(add(context, request.param("account"), id, sent));
}

function found(context: CloudflareContext, request: ApiRequest) {
  const { id: store } = requireStore(context, request);
  const key = [request.param("account"), store, request.param("secret")];
  const record = context.store.get(storeSecrets, key);
  if (record === undefined) throw refused("secret_not_found", 404);
  return { store, key, record };
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const { id } = requireStore(context, request);
  const wanted = request.query.get("search")?.toLowerCase() ?? "";
  const shown = secretsOf(context, [request.param("account"), id])
    .filter(({ name, comment }) => `${name}\n${comment ?? ""}`.toLowerCase().includes(wanted))
    .sort((a, b) => (a.created < b.created ? -1 : 1));
  return listing(
    shown.map((record) => view(record, id)),
    request.query,
  );
}

/** Changes what is sent and nothing else. Workers that are bound to it find the new value at their next `get()`. */
async function edit(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const changes = checked(Changes, await request.json());
  checkChanges(changes);
  const { store, key, record } = found(context, request);
  const { comment: before, ...rest } = record;
  const comment = changes.comment === undefined ? before : (changes.comment ?? undefined);
  const changed = {
    ...rest,
    ...(comment === undefined ? {} : { comment }),
    scopes: changes.scopes ?? record.scopes,
    modified: context.now().toISOString(),
    sealed:
      changes.value === undefined
        ? record.sealed
        : sealText(context.vault, sealingScope(request.param("account"), store), changes.value),
  };
  context.store.put(storeSecrets, key, changed);
  return success(view(changed, store));
}

async function duplicate(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const sent = checked(New, await request.json());
  checkName(sent.name);
  checkChanges({ scopes: sent.scopes ?? [] });
  const account = request.param("account");
  const { store, record } = found(context, request);
  const value = openText(context.vault, sealingScope(account, store), record.sealed);
  const [copy] = add(context, account, store, [{ ...sent, value }]);
  return success(copy);
}

function remove(request: ApiRequest, context: CloudflareContext): Response {
  const { key, record, store } = found(context, request);
  context.store.delete(storeSecrets, key);
  return success({ ...view(record, store), status: "deleted" });
}

const SECRETS = "/client/v4/accounts/:account/secrets_store/stores/:store/secrets";

export const storeSecretRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: SECRETS, operation: "SecretsStoreSecretsList", handle: list },
  { method: "POST", path: SECRETS, operation: "SecretsStoreSecretsCreate", handle: create },
  {
    method: "GET",
    path: `${SECRETS}/:secret`,
    operation: "SecretsStoreSecretsGet",
    handle(request, context) {
      const { record, store } = found(context, request);
      return success(view(record, store));
    },
  },
  { method: "PATCH", path: `${SECRETS}/:secret`, operation: "SecretsStoreSecretsEdit", handle: edit },
  { method: "DELETE", path: `${SECRETS}/:secret`, operation: "SecretsStoreSecretsDelete", handle: remove },
  {
    method: "POST",
    path: `${SECRETS}/:secret/duplicate`,
    operation: "SecretsStoreSecretsDuplicate",
    handle: duplicate,
  },
];
