import { type Store, table } from "../../store/store.ts";

export interface KvNamespaceRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly title: string;
  /** Given when it is made, and never changed. Kept and answered; there is one place here. */
  readonly jurisdiction?: string;
}

/** By account and id. */
export const kvNamespaces = table<KvNamespaceRecord>("cloudflare.kvNamespaces");

/** By title, as wrangler asks for them. */
export function namespacesOf(store: Store, account: string): KvNamespaceRecord[] {
  const all = store.list(kvNamespaces, [account]).map(({ record }) => record);
  return all.sort((a, b) => (a.title < b.title ? -1 : 1));
}
