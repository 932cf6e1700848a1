import { BlockList } from "node:net";
import { sameToken } from "../../http/guard.ts";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ApiFault, fault } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { stableId, userId } from "../stable-id.ts";
import { needOf } from "./permissions.ts";
import { allows, type Target } from "./policies.ts";
import { findToken, statusOf, type TokenCondition, type TokenRecord } from "./records.ts";

/** Who calls: the sandbox's own token, which may do everything, or one that was made. */
export type Caller =
  | { readonly kind: "root"; readonly id: string }
  | { readonly kind: "token"; readonly token: TokenRecord };

/** Where every request comes from: the sandbox listens on loopback only. */
const HERE = "127.0.0.1";

/**
 * Refuses whoever may not call this operation, with the codes that the clients tell apart: first whether the token is
 * one, then whether it is valid now and from here, then what it may do.
 */
export function authenticate(
  route: Route<CloudflareContext>,
  request: ApiRequest,
  context: CloudflareContext,
): void {
  const verifying = route.path.endsWith("/tokens/verify");
  const inAccount = route.path.includes("/:account") && !route.path.includes("/tokens");
  const caller = callerOf(request, context);
  if (caller === undefined) {
    // wrangler takes 1000 to mean "perhaps an account's own token".
    if (verifying) throw fault(401, 1000, "Invalid API Token");
    throw inAccount ? fault(403, 10000, "Authentication error") : fault(403, 9109, "Invalid access token");
  }
  // An expired token may still ask what became of it, and nothing else.
  if (caller.kind === "root" || verifying) return;
  const { token } = caller;
  if (statusOf(token, context.now()) !== "active") throw fault(401, 10000, "Authentication error");
  if (!fromHere(token.condition))
    throw fault(403, 9109, `Cannot use the access token from location: ${HERE}`);
  const need = needOf(route);
  if (token.policies === "everything" || need === "none") return;
  if (need !== undefined && allows(token.policies, need, targetOf(request, route, context))) return;
  // Parts of the real API answer the same thing differently; wrangler goes on without memberships on 10000 alone.
  if (inAccount || need?.target === "zone" || route.path.endsWith("/memberships"))
    throw fault(403, 10000, "Authentication error");
  throw fault(403, 9109, "Unauthorized to access requested resource");
}

/** `undefined` for a token that nobody gave out. Throws when there is none, or none of the right form. */
export function callerOf(request: ApiRequest, context: CloudflareContext): Caller | undefined {
  const given = request.headers.get("authorization");
  if (given === null) {
    if (request.headers.has("x-auth-email") && request.headers.has("x-auth-key")) {
      throw fault(403, 9103, "Unknown X-Auth-Key or X-Auth-Email: the sandbox knows API tokens only");
    }
    throw fault(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
  }
  const value = /^Bearer ([\w-]{40,})$/.exec(given)?.[1];
  if (value === undefined) {
    const chain = [{ code: 6111, message: "Invalid format for Authorization header" }];
    throw new ApiFault(400, [{ code: 6003, message: "Invalid request headers", error_chain: chain }]);
  }
  if (sameToken(value, context.identity.token)) {
    return { kind: "root", id: stableId(value) };
  }
  const token = findToken(context.store, value);
  return token === undefined ? undefined : { kind: "token", token };
}

function targetOf(
  request: ApiRequest,
  route: Route<CloudflareContext>,
  { identity }: CloudflareContext,
): Target {
  const target = { account: identity.accountId, user: userId(identity) };
  return route.path.includes("/:zone") ? { ...target, zone: request.param("zone") } : target;
}

/** Whether the token's condition lets it be used from loopback. */
function fromHere(condition: TokenCondition | undefined): boolean {
  const { in: allowed, not_in: refused } = condition?.request_ip ?? {};
  if (allowed !== undefined && allowed.length > 0 && !contains(allowed)) return false;
  return refused === undefined || !contains(refused);
}

function contains(blocks: readonly string[]): boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = "", bits] = block.split("/");
    const family = address.includes(":") ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list.check(HERE, "ipv4");
}
