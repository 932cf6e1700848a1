import { createHash, randomBytes } from "node:crypto";
import { sameToken } from "../http/guard.ts";
import type { ApiRequest, Route } from "../http/route.ts";
import { ApiFault, fault, success } from "./envelope.ts";
import { type CloudflareContext, type TokenRecord, tokens } from "./model.ts";

export interface NewToken {
  /** RFC 3339. In the past, the token is expired from the start. */
  readonly expiresOn?: string;
  readonly status?: "active" | "disabled";
}

/** Makes a further API token. Its value is answered this once and is not kept. */
export function createToken(context: CloudflareContext, { expiresOn, status = "active" }: NewToken = {}) {
  const value = randomBytes(30).toString("base64url");
  const id = randomBytes(16).toString("hex");
  context.store.put(tokens, [hash(value)], { id, status, ...(expiresOn === undefined ? {} : { expiresOn }) });
  return { id, value };
}

/** Refuses whoever may not call this operation, with the codes that the clients tell apart. */
export function authenticate(
  route: Route<CloudflareContext>,
  request: ApiRequest,
  context: CloudflareContext,
): void {
  const verifying = route.path.endsWith("/tokens/verify");
  const found = bearer(request.headers, context);
  if (found === undefined) {
    // wrangler takes 1000 to mean "perhaps an account's own token".
    if (verifying) throw fault(401, 1000, "Invalid API Token");
    const inAccount = route.path.includes("/:account");
    throw inAccount ? fault(403, 10000, "Authentication error") : fault(403, 9109, "Invalid access token");
  }
  // An expired token may still ask what became of it, and nothing else.
  if (!verifying && statusOf(found, context.now()) !== "active")
    throw fault(401, 10000, "Authentication error");
}

function bearer(headers: Headers, context: CloudflareContext): TokenRecord | undefined {
  const given = headers.get("authorization");
  if (given === null) {
    if (headers.has("x-auth-email") && headers.has("x-auth-key")) {
      throw fault(403, 9103, "Unknown X-Auth-Key or X-Auth-Email: the sandbox knows API tokens only");
    }
    throw fault(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
  }
  const token = /^Bearer ([\w-]{40,})$/.exec(given)?.[1];
  if (token === undefined) {
    const chain = [{ code: 6111, message: "Invalid format for Authorization header" }];
    throw new ApiFault(400, [{ code: 6003, message: "Invalid request headers", error_chain: chain }]);
  }
  if (sameToken(token, context.identity.token)) return { id: hash(token).slice(0, 32), status: "active" };
  return context.store.get(tokens, [hash(token)]);
}

function statusOf(token: TokenRecord, now: Date): "active" | "disabled" | "expired" {
  if (token.expiresOn !== undefined && Date.parse(token.expiresOn) <= now.getTime()) return "expired";
  return token.status;
}

function verify(request: ApiRequest, context: CloudflareContext): Response {
  const token = bearer(request.headers, context);
  if (token === undefined) throw fault(401, 1000, "Invalid API Token");
  const status = statusOf(token, context.now());
  const message = status === "active" ? "This API Token is valid and active" : `This API Token is ${status}`;
  return success(
    { id: token.id, status, ...(token.expiresOn === undefined ? {} : { expires_on: token.expiresOn }) },
    { messages: [{ code: 10000, message, type: null }] },
  );
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export const tokenRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: "/client/v4/user/tokens/verify", operation: "UserTokensVerify", handle: verify },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/tokens/verify",
    operation: "AccountTokensVerify",
    handle: verify,
  },
];
