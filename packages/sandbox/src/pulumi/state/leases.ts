import { createHash, randomBytes } from "node:crypto";
import { sameToken } from "../../http/guard.ts";
import { Refusal } from "../errors.ts";
import type { Update } from "./records.ts";

/** The CLI renews at about half life and never asks for more than this. */
export const LEASE_SECONDS = 300;

export function newLeaseToken(): string {
  return randomBytes(30).toString("base64url");
}

export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether an update keeps others out. Dry runs write no state, so they never do. */
export function holdsLock(update: Update | undefined, now: number): boolean {
  if (update === undefined || update.dryRun || update.status !== "running") return false;
  return update.lease !== undefined && update.lease.expires > now;
}

/** Running by the record, but its lease ran out: whoever held it was killed. */
export function isAbandoned(update: Update, now: number): boolean {
  return update.status === "running" && (update.lease === undefined || update.lease.expires <= now);
}

/** Whether a token is the one that an update was started with; its lease may be over. */
export function holds(update: Update, token: string | undefined): boolean {
  return (
    token !== undefined &&
    update.lease !== undefined &&
    sameToken(tokenDigest(token), update.lease.tokenDigest)
  );
}

/**
 * Whether a call with a lease's token may act in an update, and if not, why. 403 ends the CLI's update at once,
 * which is what a lost lease calls for; anything else it retries.
 */
export function admit(update: Update, token: string, now: number): Refusal | undefined {
  if (update.lease === undefined || !holds(update, token)) {
    return notThisUpdates();
  }
  if (update.status === "cancelled") return new Refusal(403, "Forbidden: the update has been cancelled");
  if (update.status !== "running") return new Refusal(403, "Forbidden: the update has already completed");
  if (update.lease.expires <= now) return new Refusal(403, "Forbidden: the update's lease has expired");
  return undefined;
}

export function notThisUpdates(): Refusal {
  return new Refusal(403, "Forbidden: the update token is not this update's");
}
