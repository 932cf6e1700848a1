import type { ApiRequest } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { Refusal } from "../errors.ts";
import { admit } from "./leases.ts";
import type { Lease, Update } from "./records.ts";

/** Hono needs the group: without it an alternative matches any path that begins so. */
export const KIND = ":kind{(?:update|preview|refresh|destroy)}";
export const S = "/api/stacks/:org/:project/:stack";
/** The CLI writes `update` here whatever the kind; the contract knows all four. */
export const U = `${S}/${KIND}/:update`;

/** The paths that take an update's own token in place of the user's. */
export const LEASE_PATHS =
  /^\/api\/stacks\/[^/]+\/[^/]+\/[^/]+\/(update|preview|refresh|destroy)\/[^/]+\/(complete|renew_lease|checkpoint(verbatim|delta)?|journalentries|events(\/batch)?)$/;

const SCHEME = /^update-token +(\S+)$/i;

export function leaseToken(headers: Headers): string | undefined {
  return SCHEME.exec(headers.get("authorization") ?? "")?.[1];
}

/** Lets a call act in an update only with that update's live lease. */
export function withLease(
  request: ApiRequest,
  context: PulumiHalf,
  update: Update,
): { update: Update; lease: Lease; token: string } {
  const token = leaseToken(request.headers);
  if (token === undefined)
    throw new Refusal(401, "Unauthorized: this call takes the update's token ('update-token …')");
  const refusal = admit(update, token, context.now().getTime());
  if (refusal !== undefined) throw refusal;
  if (update.lease === undefined) throw new Error("admitted an update without a lease");
  return { update, lease: update.lease, token };
}
