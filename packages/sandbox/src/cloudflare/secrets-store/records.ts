import { type Key, table } from "../../store/store.ts";
import { openText } from "../../store/vault.ts";
import { type ApiFault, fault } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";

export interface StoreRecord {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly modified: string;
}

/** By account and id. */
export const stores = table<StoreRecord>("cloudflare.secretsStores");

export interface StoreSecretRecord {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly modified: string;
  readonly comment?: string;
  /** The products that may use it, in the order they were sent. */
  readonly scopes: readonly string[];
  /** The value, sealed for its store. Never answered. */
  readonly sealed: string;
}

/** By account, the store's id and the secret's. */
export const storeSecrets = table<StoreSecretRecord>("cloudflare.storeSecrets");

/** The scope that a Worker's binding needs. */
const WORKERS_SCOPE = "workers";

/** Nothing sealed for one store opens for another. */
export function sealingScope(account: string, store: string): string {
  return `secrets-store/${account}/${store}`;
}

type Access = Pick<CloudflareContext, "store" | "vault">;

/**
 * What a `secrets_store_secret` binding's `get()` gives, as it is now: changing a secret reaches Workers without a new
 * version. `undefined` when there is no such store or secret, or when it is not for Workers.
 */
export function storeSecretValue(
  { store, vault }: Access,
  account: string,
  storeId: string,
  secretName: string,
): string | undefined {
  const found = secretByName({ store }, [account, storeId], secretName);
  if (found === undefined || !found.scopes.includes(WORKERS_SCOPE)) return undefined;
  return openText(vault, sealingScope(account, storeId), found.sealed);
}

/** `prefix`: the account and the store's id. */
export function secretByName(
  { store }: Pick<CloudflareContext, "store">,
  prefix: Key,
  name: string,
): StoreSecretRecord | undefined {
  return secretsOf({ store }, prefix).find((secret) => secret.name === name);
}

export function secretsOf({ store }: Pick<CloudflareContext, "store">, prefix: Key): StoreSecretRecord[] {
  return store.list(storeSecrets, prefix).map(({ record }) => record);
}

/** This part of the API says what is wrong by such words: 1001 for what can't be used, 1003 for what can't be had. */
export function refused(words: string, status = 400, code = 1001): ApiFault {
  return fault(status, code, words);
}
