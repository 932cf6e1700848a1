import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { groupById, permissionGroups } from "./groups.ts";
import type { Owner, SentPolicy, StoredPolicy } from "./policies.ts";
import {
  changeToken,
  deleteToken,
  newId,
  newValue,
  rollToken,
  statusOf,
  storeToken,
  type TokenRecord,
  tokenById,
  tokensOf,
} from "./records.ts";
import { readToken, type SentToken } from "./sent.ts";

/** The provider compares dates, condition and resources with what it sent: they are answered exactly so. */
function view(token: TokenRecord, now: Date) {
  const status = statusOf(token, now);
  return {
    id: token.id,
    name: token.name,
    status: status === "early" ? "active" : status,
    issued_on: token.issuedOn,
    modified_on: token.modifiedOn,
    ...(token.notBefore === undefined ? {} : { not_before: token.notBefore }),
    ...(token.expiresOn === undefined ? {} : { expires_on: token.expiresOn }),
    policies: token.policies === "everything" ? [] : token.policies.map(viewPolicy),
    ...(token.condition === undefined ? {} : { condition: token.condition }),
  };
}

function viewPolicy({ id, effect, resources, groups }: StoredPolicy) {
  return {
    id,
    effect,
    resources,
    permission_groups: groups.map((group) => ({ id: group, name: groupById(group)?.name })),
  };
}

/** What a token is by what was sent; PUT replaces all of it. */
function contents(sent: SentToken, previous: readonly StoredPolicy[]) {
  return {
    name: sent.name,
    status: sent.status === "disabled" ? ("disabled" as const) : ("active" as const),
    policies: sent.policies.map((policy) => stored(policy, previous)),
    ...(sent.not_before == null ? {} : { notBefore: sent.not_before }),
    ...(sent.expires_on == null ? {} : { expiresOn: sent.expires_on }),
    ...(sent.condition == null ? {} : { condition: sent.condition as NonNullable<TokenRecord["condition"]> }),
  };
}

/** A policy that says what one said before is that one, and keeps its id. */
function stored(sent: SentPolicy, previous: readonly StoredPolicy[]): StoredPolicy {
  const groups = sent.permission_groups.map(({ id }) => id);
  const key = (effect: string, ids: readonly string[]) => JSON.stringify([effect, [...ids].sort()]);
  const before = previous.find((policy) => key(policy.effect, policy.groups) === key(sent.effect, groups));
  return { id: before?.id ?? newId(), effect: sent.effect, groups, resources: sent.resources };
}

function found(request: ApiRequest, { store }: CloudflareContext, owner: Owner) {
  const token = tokenById(store, owner, request.param("token"));
  if (token === undefined) throw fault(404, 1003, "The API token was not found");
  return token;
}

type Handle = (request: ApiRequest, context: CloudflareContext, owner: Owner) => Promise<Response> | Response;

const list: Handle = (request, context, owner) => {
  const all = tokensOf(context.store, owner).map(({ record }) => view(record, context.now()));
  const expired = request.query.get("include_expired") !== "false";
  const shown = expired ? all : all.filter(({ status }) => status !== "expired");
  return listing(request.query.get("direction") === "desc" ? shown.reverse() : shown, request.query);
};

const create: Handle = async (request, context, owner) => {
  const sent = await readToken(request, owner);
  const [value, now] = [newValue(owner), context.now()];
  const times = { issuedOn: now.toISOString(), modifiedOn: now.toISOString() };
  const record = { id: newId(), owner, ...times, ...contents(sent, []) };
  storeToken(context.store, value, record);
  return success({ ...view(record, now), value });
};

const get: Handle = (request, context, owner) =>
  success(view(found(request, context, owner).record, context.now()));

const update: Handle = async (request, context, owner) => {
  const sent = await readToken(request, owner);
  const { key, record } = found(request, context, owner);
  const { id, issuedOn } = record;
  const previous = record.policies === "everything" ? [] : record.policies;
  const now = context.now();
  const changed = { id, owner, issuedOn, modifiedOn: now.toISOString(), ...contents(sent, previous) };
  changeToken(context.store, key, changed);
  return success(view(changed, now));
};

const remove: Handle = (request, context, owner) => {
  const { key, record } = found(request, context, owner);
  deleteToken(context.store, key);
  return success({ id: record.id });
};

/** The one other time that a value is shown. */
const roll: Handle = (request, context, owner) => {
  const { key, record } = found(request, context, owner);
  const value = newValue(owner);
  rollToken(context.store, key, value, { ...record, modifiedOn: context.now().toISOString() });
  return success(value);
};

const groups: Handle = (request) => {
  const [name, scope] = [request.query.get("name"), request.query.get("scope")];
  const wanted = permissionGroups.filter(
    (group) =>
      (name === null || group.name === name) && (scope === null || group.scopes.some((one) => one === scope)),
  );
  return success(wanted);
};

/** The same operations at both places where tokens live. `permission_groups` stands before `:token`. */
function routesAt(base: string, operation: string, ownerOf: (request: ApiRequest) => Owner) {
  const rows: readonly (readonly [Route<CloudflareContext>["method"], string, string, Handle])[] = [
    ["GET", "/permission_groups", "PermissionGroupsList", groups],
    ["GET", "", "List", list],
    ["POST", "", "Create", create],
    ["GET", "/:token", "Get", get],
    ["PUT", "/:token", "Update", update],
    ["DELETE", "/:token", "Delete", remove],
    ["PUT", "/:token/value", "ValueUpdate", roll],
  ];
  return rows.map(
    ([method, path, name, handle]): Route<CloudflareContext> => ({
      method,
      path: `/client/v4${base}${path}`,
      operation: operation + name,
      handle: (request, context) => handle(request, context, ownerOf(request)),
    }),
  );
}

export const manageRoutes: readonly Route<CloudflareContext>[] = [
  ...routesAt("/user/tokens", "UserTokens", () => ({ kind: "user" })),
  ...routesAt("/accounts/:account/tokens", "AccountTokens", (request) => ({
    kind: "account",
    account: request.param("account"),
  })),
];
