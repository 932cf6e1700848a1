import { createHash, randomBytes } from "node:crypto";
import { type Store, table } from "../../store/store.ts";
import type { CloudflareContext } from "../model.ts";
import type { Owner, StoredPolicy } from "./policies.ts";

export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly owner: Owner;
  /** As it was set. What becomes of it by its dates is `statusOf`'s to say. */
  readonly status: "active" | "disabled";
  readonly policies: readonly StoredPolicy[] | "everything";
  /** RFC 3339, as they were sent. */
  readonly notBefore?: string;
  readonly expiresOn?: string;
  readonly issuedOn: string;
  readonly modifiedOn: string;
  readonly condition?: TokenCondition;
}

/** Where a token may be used from: addresses or CIDR blocks. */
export interface TokenCondition {
  readonly request_ip?: {
    readonly in?: readonly string[] | undefined;
    readonly not_in?: readonly string[] | undefined;
  };
}

/**
 * Keyed by the token's SHA-256: a token is a secret too. Looking one up so leaks nothing by its time either, since
 * whoever guesses can't steer the hash.
 */
const tokens = table<TokenRecord>("cloudflare.apiTokens");

/** A new token's value: 40 characters, the sandbox's mark first, behind the prefix that tells the two kinds apart. */
export function newValue(owner: Owner): string {
  return `${owner.kind === "user" ? "cfut" : "cfat"}_sandbox-${randomBytes(24).toString("base64url")}`;
}

export function newId(): string {
  return randomBytes(16).toString("hex");
}

export function findToken(store: Store, value: string): TokenRecord | undefined {
  return store.get(tokens, [hash(value)]);
}

export function storeToken(store: Store, value: string, record: TokenRecord): void {
  store.put(tokens, [hash(value)], record);
}

/** With the key that it is stored by, which stands for its value. */
export function tokenById(store: Store, owner: Owner, id: string) {
  return tokensOf(store, owner).find(({ record }) => record.id === id);
}

/** Oldest first. */
export function tokensOf(store: Store, owner: Owner) {
  return store
    .list(tokens)
    .filter(({ record }) => sameOwner(record.owner, owner))
    .sort((a, b) => (a.record.issuedOn < b.record.issuedOn ? -1 : 1));
}

export function changeToken(store: Store, key: readonly string[], record: TokenRecord): void {
  store.put(tokens, key, record);
}

/** From here on the old value is worth nothing. */
export function rollToken(store: Store, key: readonly string[], value: string, record: TokenRecord): void {
  store.transaction(() => {
    store.delete(tokens, key);
    store.put(tokens, [hash(value)], record);
  });
}

export function deleteToken(store: Store, key: readonly string[]): void {
  store.delete(tokens, key);
}

/** `early`: its `not_before` is still to come. */
export function statusOf(token: TokenRecord, now: Date): "active" | "disabled" | "expired" | "early" {
  const { expiresOn, notBefore, status } = token;
  if (expiresOn !== undefined && Date.parse(expiresOn) <= now.getTime()) return "expired";
  if (status === "disabled") return "disabled";
  return notBefore !== undefined && Date.parse(notBefore) > now.getTime() ? "early" : "active";
}

/** A Cloudflare API token to create. */
export interface NewToken {
  /** RFC 3339 time. In the past: the token is expired from the start. Default: never. */
  readonly expiresOn?: string;
  /** Default: `active`. */
  readonly status?: "active" | "disabled";
}

/** Makes a token that may do everything. Its value is answered this once and is not kept. */
export function createToken(
  context: Pick<CloudflareContext, "store" | "now">,
  { expiresOn, status = "active" }: NewToken = {},
) {
  const owner: Owner = { kind: "user" };
  const [id, value, now] = [newId(), newValue(owner), context.now().toISOString()];
  storeToken(context.store, value, {
    id,
    name: "made by the sandbox",
    owner,
    status,
    policies: "everything",
    ...(expiresOn === undefined ? {} : { expiresOn }),
    issuedOn: now,
    modifiedOn: now,
  });
  return { id, value };
}

function sameOwner(one: Owner, other: Owner): boolean {
  if (one.kind === "user" || other.kind === "user") return one.kind === other.kind;
  return one.account === other.account;
}

function hash(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}
