import type { PulumiHalf } from "../context.ts";
import { replayJournal } from "./deployments.ts";
import { isAbandoned } from "./leases.ts";
import { journals, type Stack, states, type Update, type UpdateStatus } from "./records.ts";
import { lastUpdate, putStack, putUpdate, versionKey } from "./rows.ts";

/** How an update ended, whether well, badly, cancelled or abandoned. */
export interface Ending {
  readonly status: UpdateStatus;
  /** Milliseconds. */
  readonly ended: number;
}

/**
 * Ends an update, in one transaction: what its journal says becomes the state of its version, the journal goes, and
 * the stack is told. A dry run has no state to leave.
 */
export function endUpdate(
  context: PulumiHalf,
  stack: Stack,
  update: Update,
  { status, ended }: Ending,
): Stack {
  return context.store.transaction(() => {
    const { journal: _, ...kept } = update;
    if (update.dryRun || update.version === undefined) {
      putUpdate(context, stack, { ...kept, status, ended });
      return stack;
    }
    const replayed = replayJournal(context, stack, update);
    const resourceCount = replayed?.resourceCount ?? stack.resourceCount ?? 0;
    if (replayed !== undefined) context.store.put(states, versionKey(stack, update.version), replayed.text);
    context.store.deleteAll(journals, [stack.id, update.id]);
    putUpdate(context, stack, { ...kept, status, ended, resourceCount });
    const changed: Stack = {
      ...stack,
      lastUpdated: ended,
      ...(replayed === undefined ? {} : { stateVersion: update.version, resourceCount }),
    };
    putStack(context, changed);
    return changed;
  });
}

/** A stack as it stands now: an update whose lease ran out has failed, and what it did so far is the state. */
export function settledStack(context: PulumiHalf, stack: Stack): Stack {
  const last = lastUpdate(context, stack);
  if (last === undefined || !isAbandoned(last, context.now().getTime())) return stack;
  return endUpdate(context, stack, last, settledEnding(last));
}

export function settledEnding(update: Update): Ending {
  return { status: "failed", ended: update.lease?.expires ?? update.created };
}
