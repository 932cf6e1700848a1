import type { CloudflareContext } from "../model.ts";
import { goneNamespaces } from "./records.ts";

/**
 * Deletes the data of deleted namespaces, in the background. What the end of the sandbox comes before is deleted after
 * its next start.
 */
export function dropGone({ store, workers }: CloudflareContext): void {
  const drop = async () => {
    for (const { key, record } of store.list(goneNamespaces)) {
      await workers.data.drop({ kind: "durable_objects", namespaceId: record.id });
      store.delete(goneNamespaces, key);
    }
  };
  drop().catch(() => undefined);
}
