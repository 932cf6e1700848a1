import { AsyncLocalStorage } from "node:async_hooks";
import { isDeepStrictEqual } from "node:util";

/**
 * One thing that a run has changed, or may have changed. Names, files and addresses alone, never a value.
 *
 * - `none`: nothing at all; it stands alone.
 * - `stored`: the text of an Environment is a new revision (`null` where the service did not say which). `names`: the
 *   values in it that were written, `WORKER.NAME` for one Worker's own; none for a definition.
 * - `pinned`: the stack's config file names this revision of the values; `null`: none any more.
 * - `written`: a file of the checkout, or the note of the selected stack.
 * - `created`, `removed`: an Environment, a stack, a token, in words.
 * - `deployed`: `live` is what an `up` has created, updated or deleted; `partly`: it ended before everything was done.
 * - `destroyed`: the same of a `destroy`.
 * - `unknown`: the answer to a write was lost, and the service could not be asked whether it took place: `place` is what was
 *   written to, `what` completes "it is not known whether …", `look` shows it.
 */
export type Effect =
  | { readonly kind: "none" }
  | {
      readonly kind: "stored";
      readonly environment: string;
      readonly names: readonly string[];
      readonly revision: number | null;
    }
  | { readonly kind: "pinned"; readonly file: string; readonly revision: string | null }
  | { readonly kind: "written"; readonly file: string }
  | { readonly kind: "created" | "removed"; readonly what: string }
  | {
      readonly kind: "deployed";
      readonly stack: string;
      readonly live: readonly string[];
      readonly partly: boolean;
    }
  | {
      readonly kind: "destroyed";
      readonly stack: string;
      readonly gone: readonly string[];
      readonly partly: boolean;
    }
  | { readonly kind: "unknown"; readonly place: string; readonly what: string; readonly look: string };

/** An effect that there is. */
export type Change = Exclude<Effect, { kind: "none" }>;

/** What one run has changed so far, in its order. */
export class EffectJournal {
  readonly #changes = new Set<Change>();

  /** Notes a change; gives the way to take the note back, for a change that was undone. */
  note(change: Change): () => void {
    // A later write to the same place, whose outcome is known, settles what was not.
    for (const one of this.#changes)
      if (one.kind === "unknown" && one.place === placeOf(change)) this.#changes.delete(one);
    for (const one of this.#changes)
      if (isDeepStrictEqual(one, change)) return () => void this.#changes.delete(one);
    this.#changes.add(change);
    return () => void this.#changes.delete(change);
  }

  effects(): readonly Effect[] {
    return this.#changes.size === 0 ? [{ kind: "none" }] : [...this.#changes];
  }
}

function placeOf(change: Change): string | undefined {
  if (change.kind === "stored") return `Environment ${change.environment}`;
  if (change.kind === "created" || change.kind === "removed") return change.what;
  return change.kind === "unknown" ? change.place : undefined;
}

const journals = new AsyncLocalStorage<EffectJournal>();

/** Runs `work` with a journal, in which everything that it changes is noted. */
export function withJournal<T>(journal: EffectJournal, work: () => Promise<T>): Promise<T> {
  return journals.run(journal, work);
}

/**
 * Notes a change in the journal of the run that this is called in; outside of one, nothing. Calls of the two clouds do so
 * in `sendWrite`; this is for files and for what the engine does. Gives the way to take the note back.
 */
export function noteEffect(change: Change): () => void {
  return journals.getStore()?.note(change) ?? (() => undefined);
}

/** What the run that this is called in has changed so far. */
export function effectsSoFar(): readonly Effect[] {
  return journals.getStore()?.effects() ?? [{ kind: "none" }];
}
