import type { ApiRequest, Route } from "../http/route.ts";
import { ApiFault, fault, listing, success } from "./envelope.ts";
import type { CloudflareContext } from "./model.ts";
import { stableId, userId } from "./stable-id.ts";
import { callerOf } from "./tokens/authenticate.ts";
import { reachesAccount } from "./tokens/policies.ts";

/** Refuses an account that this sandbox does not have. */
export function checkAccount(request: ApiRequest, { identity }: CloudflareContext): void {
  const account = request.param("account");
  if (account === identity.accountId) return;
  if (/^[0-9a-f]{32}$/.test(account)) throw fault(403, 9109, "Unauthorized to access requested resource");
  const path = new URL(request.raw.url).pathname;
  throw new ApiFault(404, [
    { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
    { code: 7000, message: "No route for that URI" },
  ]);
}

function account({ identity }: CloudflareContext) {
  return {
    id: identity.accountId,
    name: identity.accountName,
    type: "standard",
    settings: { enforce_twofactor: false },
    created_on: "2026-01-01T00:00:00.000000Z",
  };
}

function user({ identity }: CloudflareContext) {
  return {
    id: userId(identity),
    email: identity.email,
    username: identity.user,
    first_name: null,
    last_name: null,
    two_factor_authentication_enabled: false,
    suspended: false,
    organizations: [],
  };
}

function membership(context: CloudflareContext) {
  const { id, name } = account(context);
  return {
    id: stableId(`membership ${id}`),
    status: "accepted",
    account: { id, name },
    roles: ["Super Administrator - All Privileges"],
    api_access_enabled: null,
  };
}

/** The account, unless the token can't do anything in it. */
function list(request: ApiRequest, context: CloudflareContext): Response {
  const caller = callerOf(request, context);
  const { identity } = context;
  const reached =
    caller?.kind !== "token" ||
    caller.token.policies === "everything" ||
    reachesAccount(caller.token.policies, { account: identity.accountId, user: userId(identity) });
  return listing(reached ? [account(context)] : [], request.query);
}

export const accountRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: "/client/v4/user",
    operation: "UserGet",
    handle: (_request, context) => success(user(context)),
  },
  {
    method: "GET",
    path: "/client/v4/accounts",
    operation: "AccountsList",
    handle: list,
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account",
    operation: "AccountsGet",
    handle: (_request, context) => success(account(context)),
  },
  {
    method: "GET",
    path: "/client/v4/memberships",
    operation: "MembershipsList",
    handle: (request, context) => listing([membership(context)], request.query),
  },
];
