import { ordinal } from "../../store/store.ts";
import type { PulumiHalf } from "../context.ts";
import { events, type Stack, type Update, unversioned, updates } from "./records.ts";

/** How many updates without a version a stack keeps: their progress may be asked for while and after they run. */
const KEPT = 20;

/** Notes an update that has no version, and lets the oldest of its kind go, unless they still run. */
export function noteUnversioned(context: PulumiHalf, stack: Stack, update: Update): void {
  const { store } = context;
  store.put(unversioned, [stack.id, ordinal(update.created), update.id], update.id);
  const noted = store.list(unversioned, [stack.id]);
  const now = context.now().getTime();
  for (const { key, record: id } of noted.slice(0, Math.max(0, noted.length - KEPT))) {
    const old = store.get(updates, [stack.id, id]);
    if (old?.status === "running" && (old.lease?.expires ?? 0) > now) continue;
    // One that was started since has its place in the history.
    if (old?.version === undefined) {
      store.delete(updates, [stack.id, id]);
      store.deleteAll(events, [stack.id, id]);
    }
    store.delete(unversioned, key);
  }
}
