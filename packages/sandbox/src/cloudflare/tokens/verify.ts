import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { callerOf } from "./authenticate.ts";
import { statusOf } from "./records.ts";

/** Each kind of token is verified at its own path only; wrangler finds out by that which kind it has. */
function verify(kind: "user" | "account") {
  return (request: ApiRequest, context: CloudflareContext): Response => {
    const caller = callerOf(request, context);
    if (caller === undefined) throw fault(401, 1000, "Invalid API Token");
    if (caller.kind === "root") return answer({ id: caller.id, status: "active" });
    const { token } = caller;
    if (token.owner.kind !== kind) throw fault(401, 1000, "Invalid API Token");
    const status = statusOf(token, context.now());
    return answer({
      id: token.id,
      status: status === "early" ? "active" : status,
      ...(token.notBefore === undefined ? {} : { not_before: token.notBefore }),
      ...(token.expiresOn === undefined ? {} : { expires_on: token.expiresOn }),
    });
  };
}

function answer(result: { readonly id: string; readonly status: string }): Response {
  const { status } = result;
  const message = status === "active" ? "This API Token is valid and active" : `This API Token is ${status}`;
  return success(result, { messages: [{ code: 10000, message, type: null }] });
}

/** Before `tokens/:token`, which would take `verify` for an id. */
export const verifyRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "GET",
    path: "/client/v4/user/tokens/verify",
    operation: "UserTokensVerify",
    handle: verify("user"),
  },
  {
    method: "GET",
    path: "/client/v4/accounts/:account/tokens/verify",
    operation: "AccountTokensVerify",
    handle: verify("account"),
  },
];
