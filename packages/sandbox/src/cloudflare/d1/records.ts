import { type Store, table } from "../../store/store.ts";

export interface D1DatabaseRecord {
  readonly uuid: string;
  readonly name: string;
  readonly createdOn: string;
  readonly jurisdiction?: string;
  /** `auto` or `disabled`. Kept and answered; there is one copy here. */
  readonly readReplication: string;
}

/** By account and uuid. */
export const d1Databases = table<D1DatabaseRecord>("cloudflare.d1Databases");

export function databasesOf(store: Store, account: string): D1DatabaseRecord[] {
  const all = store.list(d1Databases, [account]).map(({ record }) => record);
  return all.sort((a, b) => (a.createdOn < b.createdOn ? 1 : -1));
}

/** The API finds a database by its uuid as well as by its name. */
export function findDatabase(store: Store, account: string, idOrName: string): D1DatabaseRecord | undefined {
  return (
    store.get(d1Databases, [account, idOrName]) ??
    databasesOf(store, account).find(({ name }) => name === idOrName)
  );
}
