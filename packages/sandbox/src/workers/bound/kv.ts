import type { Miniflare } from "miniflare";
import type { Json } from "../../store/store.ts";
import type { KvAccess, KvEntry } from "../data.ts";
import type { UseStore } from "./use-store.ts";

type Namespace = Awaited<ReturnType<Miniflare["getKVNamespace"]>>;

export function kvAccess(use: UseStore<Namespace>): KvAccess {
  return {
    get: (key) =>
      use(async (namespace) => {
        const { value } = await namespace.getWithMetadata(key, "arrayBuffer");
        if (value === null) return undefined;
        // Only a list tells when a key expires. A key is the first of those that begin with it.
        const { keys } = await namespace.list({ prefix: key, limit: 1 });
        const found = keys.find(({ name }) => name === key);
        return { value: new Uint8Array(value), entry: found === undefined ? { name: key } : entryOf(found) };
      }),
    put: (key, value, options = {}) =>
      use(async (namespace) => {
        await namespace.put(key, new Uint8Array(value).buffer, options);
      }),
    delete: (key) => use((namespace) => namespace.delete(key)),
    list: (options = {}) =>
      use(async (namespace) => {
        const found = await namespace.list(options);
        const keys = found.keys.map(entryOf);
        return found.list_complete ? { keys } : { keys, cursor: found.cursor };
      }),
  };
}

export async function dropKeys(use: UseStore<Namespace>): Promise<void> {
  const access = kvAccess(use);
  for (;;) {
    const { keys } = await access.list();
    if (keys.length === 0) return;
    await Promise.all(keys.map(({ name }) => access.delete(name)));
  }
}

function entryOf(found: { name: string; expiration?: number; metadata?: unknown }): KvEntry {
  return {
    name: found.name,
    ...(found.expiration === undefined ? {} : { expiration: found.expiration }),
    ...(found.metadata === undefined || found.metadata === null ? {} : { metadata: found.metadata as Json }),
  };
}
