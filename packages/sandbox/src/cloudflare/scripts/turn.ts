import type { Store } from "../../store/store.ts";
import type { CloudflareContext } from "../model.ts";

const turns = new WeakMap<Store, Map<string, Promise<unknown>>>();

/**
 * One change of a script at a time: an upload takes its kept secrets from the newest version, starts the code, and
 * only then stores. A secret set in between would be lost.
 */
export async function inTurn<T>(
  { store }: CloudflareContext,
  script: string,
  work: () => Promise<T> | T,
): Promise<T> {
  const waiting = turns.get(store) ?? new Map<string, Promise<unknown>>();
  turns.set(store, waiting);
  const turn = (waiting.get(script) ?? Promise.resolve()).catch(() => undefined).then(work);
  waiting.set(script, turn);
  try {
    return await turn;
  } finally {
    if (waiting.get(script) === turn) waiting.delete(script);
  }
}
