import { type Store, table } from "../../store/store.ts";
import type { DurableObjectClass } from "../../workers/runtime.ts";

/** A Durable Object namespace: what a migration made of a class. It outlives versions, renames and transfers. */
export interface NamespaceRecord {
  /** 32 hex digits. The objects' data is kept under it. */
  readonly id: string;
  readonly scriptId: string;
  readonly className: string;
  readonly sqlite: boolean;
}

/** By account and id. */
const durableObjects = table<NamespaceRecord>("cloudflare.durableObjects");

export function namespacesOf(store: Store, account: string, scriptId?: string): NamespaceRecord[] {
  const all = store.list(durableObjects, [account]).map(({ record }) => record);
  return scriptId === undefined ? all : all.filter((one) => one.scriptId === scriptId);
}

export function classesOf(store: Store, account: string, scriptId: string): DurableObjectClass[] {
  return namespacesOf(store, account, scriptId).map(({ className, sqlite, id }) => ({
    className,
    sqlite,
    namespaceId: id,
  }));
}

/** Namespaces whose objects' data is still to be deleted. By account and id. */
export const goneNamespaces = table<{ readonly id: string }>("cloudflare.goneDurableObjects");

/** Makes these the script's classes. The data of those that are gone is marked for deletion. */
export function replaceClasses(
  store: Store,
  account: string,
  scriptId: string,
  classes: readonly DurableObjectClass[],
): void {
  const kept = new Set(classes.map(({ namespaceId }) => namespaceId));
  for (const { id } of namespacesOf(store, account, scriptId).filter((one) => !kept.has(one.id))) {
    store.delete(durableObjects, [account, id]);
    store.put(goneNamespaces, [account, id], { id });
  }
  for (const { className, sqlite, namespaceId: id } of classes) {
    store.put(durableObjects, [account, id], { id, scriptId, className, sqlite });
  }
}
