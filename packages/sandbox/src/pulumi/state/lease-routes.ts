import type { ApiRequest, Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { Refusal } from "../errors.ts";
import { findStack, findUpdate } from "./find.ts";
import { admit, holds, notThisUpdates } from "./leases.ts";
import type { Lease, Update } from "./records.ts";

/** Hono needs the group: without it an alternative matches any path that begins so. */
export const KIND = ":kind{(?:update|preview|refresh|destroy)}";
export const S = "/api/stacks/:org/:project/:stack";
/** The CLI writes `update` here whatever the kind; the contract knows all four. */
export const U = `${S}/${KIND}/:update`;

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

/**
 * A route of an update, which its own live lease opens and nothing else. A completion that is sent again is admitted too: the
 * first one has ended the lease, and its answer may have been lost. Who holds no lease learns nothing, not even what exists.
 */
export function openedByLease(route: Route<PulumiHalf>): Route<PulumiHalf> {
  return {
    ...route,
    handle(request, context) {
      const update = findOwn(request, context);
      const token = leaseToken(request.headers) ?? "";
      if (update === undefined || !holds(update, token)) throw notThisUpdates();
      const refusal = admit(update, token, context.now().getTime());
      if (refusal !== undefined && route.operation !== "CompleteUpdate") throw refusal;
      return route.handle(request, context);
    },
  };
}

function findOwn(request: ApiRequest, context: PulumiHalf): Update | undefined {
  try {
    return findUpdate(request, context, findStack(request, context));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The same route for whoever comes with another token. */
export function closedToOthers(route: Route<PulumiHalf>): Route<PulumiHalf> {
  return {
    ...route,
    handle() {
      throw new Refusal(401, "Unauthorized: this call takes the update's token ('update-token …')");
    },
  };
}
