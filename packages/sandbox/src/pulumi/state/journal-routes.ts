import { type ApiRequest, empty, type Route } from "../../http/route.ts";
import { ordinal } from "../../store/store.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, Refusal } from "../errors.ts";
import { findStack, findUpdate } from "./find.ts";
import { receivedEntries } from "./journal/entries.ts";
import { U, withLease } from "./lease-routes.ts";
import { journals } from "./records.ts";

/**
 * The most characters of a batch of several entries. The CLI halves a batch that is answered with 413 and sends it
 * again; a single entry may be as large as any body.
 */
const MAX_BATCH = 8 * 1024 * 1024;

/**
 * Keeps entries as they come: a row each, on disk before the reply, and nothing else is touched, so a step costs the
 * same however large the state is. One that comes again, after a lost reply, is the same row.
 */
async function append(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const text = await request.text();
  const entries = receivedEntries(text);
  if (text.length > MAX_BATCH && entries.length > 1) {
    throw new Refusal(413, `Content Too Large: send fewer entries at once (at most ${MAX_BATCH} characters)`);
  }
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const { update } = withLease(request, context, findUpdate(request, context, stack));
    if (update.journal === undefined) throw badRequest("the update was started without a journal");
    for (const entry of entries) {
      context.store.put(journals, [stack.id, update.id, ordinal(entry.sequence)], entry.text);
    }
    return empty();
  });
}

export const journalRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "PATCH",
    path: `${U}/journalentries`,
    credential: "lease",
    operation: "CreateJournalEntries",
    handle: append,
  },
];
