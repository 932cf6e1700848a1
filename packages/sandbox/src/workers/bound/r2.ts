import type { Miniflare } from "miniflare";
import type { R2Access, R2Entry } from "../data.ts";
import type { UseStore } from "./use-store.ts";

type Bucket = Awaited<ReturnType<Miniflare["getR2Bucket"]>>;

export function r2Access(use: UseStore<Bucket>): R2Access {
  return {
    get: (key) =>
      use(async (bucket) => {
        const found = await bucket.get(key);
        if (found === null) return undefined;
        return { entry: entryOf(found), value: new Uint8Array(await found.arrayBuffer()) };
      }),
    put: (key, value, { httpMetadata = {}, customMetadata = {} } = {}) =>
      use(async (bucket) => {
        const stored = await bucket.put(key, new Uint8Array(value).buffer, {
          httpMetadata: { ...httpMetadata },
          customMetadata: { ...customMetadata },
        });
        return entryOf(stored);
      }),
    delete: (key) => use((bucket) => bucket.delete(key)),
    list: (options = {}) =>
      use(async (bucket) => {
        const found = await bucket.list({ ...options, include: ["httpMetadata", "customMetadata"] });
        const objects = found.objects.map(entryOf);
        return found.truncated ? { objects, cursor: found.cursor } : { objects };
      }),
  };
}

export async function dropObjects(use: UseStore<Bucket>): Promise<void> {
  const access = r2Access(use);
  for (;;) {
    const { objects } = await access.list();
    if (objects.length === 0) return;
    await use((bucket) => bucket.delete(objects.map(({ key }) => key)));
  }
}

function entryOf(found: {
  key: string;
  size: number;
  etag: string;
  uploaded: Date;
  httpMetadata?: object | undefined;
  customMetadata?: Record<string, string> | undefined;
}): R2Entry {
  const http = Object.entries(found.httpMetadata ?? {}).filter(([, value]) => value != null);
  return {
    key: found.key,
    size: found.size,
    etag: found.etag,
    uploaded: found.uploaded,
    httpMetadata: Object.fromEntries(http.map(([name, value]) => [name, String(value)])),
    customMetadata: { ...found.customMetadata },
  };
}
