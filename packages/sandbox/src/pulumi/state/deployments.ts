import type { PulumiHalf } from "../context.ts";
import { baseState } from "./journal/base.ts";
import { journalEntry } from "./journal/entries.ts";
import { replay } from "./journal/replay.ts";
import { EMPTY_DEPLOYMENT, type UntypedDeployment } from "./raw.ts";
import { history, journals, type Stack, states, type Update, updates } from "./records.ts";
import { versionKey } from "./rows.ts";

/**
 * The state that a version left behind: its own, or the nearest earlier one when it wrote none. Of a running update
 * that keeps a journal, its base with the entries so far.
 */
export function stateAt(context: PulumiHalf, stack: Stack, version: number): string {
  const { store } = context;
  const id = version > stack.stateVersion ? store.get(history, versionKey(stack, version)) : undefined;
  const update = id === undefined ? undefined : store.get(updates, [stack.id, id]);
  const journaled = update === undefined ? undefined : replayJournal(context, stack, update);
  return journaled?.text ?? writtenState(context, stack, version);
}

function writtenState({ store }: PulumiHalf, stack: Stack, version: number): string {
  for (let at = Math.min(version, stack.stateVersion); at >= 0; at--) {
    const text = store.get(states, versionKey(stack, at));
    if (text !== undefined) return text;
  }
  return EMPTY_DEPLOYMENT;
}

/** What an update's journal makes of the state before it; `undefined` without one, or with an empty one. */
export function replayJournal(
  context: PulumiHalf,
  stack: Stack,
  { id, version, journal }: Update,
): UntypedDeployment | undefined {
  if (journal === undefined || version === undefined) return undefined;
  const entries = context.store.list(journals, [stack.id, id]).map(({ record }) => journalEntry(record));
  if (entries.length === 0) return undefined;
  const base = baseState(writtenState(context, stack, version - 1));
  return replay(base, entries, { time: context.now(), engine: journal.engine });
}
