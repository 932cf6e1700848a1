import { randomBytes, randomUUID } from "node:crypto";
import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, conflict, notFound, Refusal } from "../errors.ts";
import { body, organization, seconds } from "../input.ts";
import { pageOf } from "../pages.ts";
import { digestOf } from "./caller.ts";
import {
  type AccessToken,
  accessTokens,
  spentTokenNames,
  type TokenKind,
  teams,
  tokenKey,
  tokensByDigest,
} from "./records.ts";

/** Two years: the contract's bound on a token's life. */
const LONGEST_SECONDS = 2 * 366 * 24 * 3600;

/** The contract's bounds on a list. */
const PAGE = { usual: 100, most: 1000 };

const createSchema = v.object({
  name: v.nullish(v.string(), ""),
  description: v.nullish(v.string(), ""),
  expires: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  admin: v.nullish(v.boolean(), false),
  roleID: v.nullish(v.string()),
});

/** Whose tokens a path is about. */
interface Place {
  readonly kind: TokenKind;
  readonly organization: string;
  readonly team?: string;
}

function placeOf(kind: TokenKind, request: ApiRequest, context: PulumiHalf): Place {
  // A token can't make others that outlive or outreach it.
  if (context.caller.kind !== "personal")
    throw new Refusal(403, "Forbidden: access tokens are managed with a personal access token");
  if (kind === "personal") return { kind, organization: "" };
  const owner = organization(request, context);
  if (kind === "organization") return { kind, organization: owner };
  const team = request.param("team");
  if (context.store.get(teams, [owner, team]) === undefined) throw notFound(`Team '${team}' not found`);
  return { kind, organization: owner, team };
}

/** The contract has no more of a rule; the provider takes names with slashes, for one. */
function tokenName(name: string): string {
  if (/^\P{Cc}{1,40}$/u.test(name)) return name;
  throw badRequest("the token's name must be 1 to 40 characters, none of them a control character");
}

/** A name is an organization's once and for all: whatever kind its tokens are, and deleted ones included. */
function isTaken({ store }: PulumiHalf, owner: string, name: string): boolean {
  if (store.get(spentTokenNames, [owner, name]) !== undefined) return true;
  const kinds: readonly TokenKind[] = ["organization", "team"];
  return kinds.some((kind) =>
    store.list(accessTokens, [kind, owner]).some(({ record }) => record.name === name),
  );
}

const prefixOf = ({ kind, organization, team = "" }: Place) => [kind, organization, team];

async function create(kind: TokenKind, request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, createSchema);
  if (wanted.roleID) throw new Refusal(501, "Not Implemented: roles are not in the sandbox");
  const place = placeOf(kind, request, context);
  const name = kind === "personal" ? "" : tokenName(wanted.name);
  const now = context.now().getTime();
  if (wanted.expires !== 0) {
    if (wanted.expires <= seconds(now)) throw badRequest("expires must be in the future");
    if (wanted.expires > seconds(now) + LONGEST_SECONDS) throw badRequest("expires must be within two years");
  }
  const value = `pul-${randomBytes(30).toString("hex")}`;
  const token: AccessToken = {
    ...place,
    id: randomUUID(),
    name,
    description: wanted.description,
    admin: wanted.admin,
    created: now,
    expires: wanted.expires,
    digest: digestOf(value),
  };
  return context.store.transaction(() => {
    if (name !== "" && isTaken(context, place.organization, name))
      throw conflict(`a token named '${name}' already exists`);
    context.store.put(accessTokens, tokenKey(token), token);
    context.store.put(tokensByDigest, [token.digest], tokenKey(token));
    return json(200, { id: token.id, tokenValue: value });
  });
}

function view({ identity }: PulumiHalf, token: AccessToken) {
  return {
    id: token.id,
    name: token.name,
    description: token.description,
    admin: token.admin,
    created: new Date(token.created).toISOString(),
    createdBy: identity.user,
    expires: token.expires,
    // Not kept: a write for every request would be the cost.
    lastUsed: 0,
    type: token.kind,
  };
}

function list(kind: TokenKind, request: ApiRequest, context: PulumiHalf): Response {
  const found = context.store.list(accessTokens, prefixOf(placeOf(kind, request, context)));
  const now = seconds(context.now().getTime());
  const wanted = request.query.get("filter") || "active";
  if (!["all", "active", "expired"].includes(wanted)) throw badRequest("Invalid 'filter' value");
  const shown = found.filter(({ record: { expires } }) => {
    const isExpired = expires !== 0 && expires <= now;
    return wanted === "all" || (wanted === "expired") === isExpired;
  });
  const { page, next } = pageOf(request, shown, PAGE);
  return json(200, {
    tokens: page.map(({ record }) => view(context, record)),
    ...(next === undefined ? {} : { continuationToken: next }),
  });
}

function remove(kind: TokenKind, request: ApiRequest, context: PulumiHalf): Response {
  const key = [...prefixOf(placeOf(kind, request, context)), request.param("token")];
  return context.store.transaction(() => {
    const token = context.store.get(accessTokens, key);
    if (token === undefined) throw notFound("Token not found");
    forget(context, token);
    return empty();
  });
}

/** A token that is gone opens nothing from the next request on. */
function forget({ store }: PulumiHalf, token: AccessToken): void {
  store.delete(accessTokens, tokenKey(token));
  store.delete(tokensByDigest, [token.digest]);
  if (token.name !== "") store.put(spentTokenNames, [token.organization, token.name], token.id);
}

export function forgetTeamTokens(context: PulumiHalf, owner: string, team: string): void {
  for (const { record } of context.store.list(accessTokens, ["team", owner, team])) forget(context, record);
}

function routes(kind: TokenKind, path: string, what: string): Route<PulumiHalf>[] {
  return [
    {
      method: "GET",
      path,
      operation: `List${what}s`,
      handle: (request, context) => list(kind, request, context),
    },
    {
      method: "POST",
      path,
      operation: `Create${what}`,
      handle: (request, context) => create(kind, request, context),
    },
    {
      method: "DELETE",
      path: `${path}/:token`,
      operation: `Delete${what}`,
      handle: (request, context) => remove(kind, request, context),
    },
  ];
}

export const tokenRoutes: readonly Route<PulumiHalf>[] = [
  ...routes("personal", "/api/user/tokens", "PersonalToken"),
  ...routes("organization", "/api/orgs/:org/tokens", "OrgToken"),
  ...routes("team", "/api/orgs/:org/teams/:team/tokens", "TeamToken"),
];
