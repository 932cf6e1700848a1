import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import { ordinal } from "../../store/store.ts";
import { openText, sealText } from "../../store/vault.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest } from "../errors.ts";
import { body, wholeNumber } from "../input.ts";
import { findStack, findUpdate, settled } from "./find.ts";
import { U, withLease } from "./lease-routes.ts";
import { events } from "./records.ts";
import { putUpdate, stackScope } from "./rows.ts";

/** Kept as they come; only the summary's counts are read, for the history. */
const eventSchema = v.looseObject({
  sequence: v.pipe(v.number(), v.integer(), v.minValue(0)),
  summaryEvent: v.nullish(v.looseObject({ resourceChanges: v.nullish(v.record(v.string(), v.number())) })),
});
type EngineEvent = v.InferOutput<typeof eventSchema>;

/** Events come three batches at a time, in any order, and again after a lost reply: they are kept by sequence. */
function record(request: ApiRequest, context: PulumiHalf, batch: readonly EngineEvent[]): Response {
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const { update } = withLease(request, context, findUpdate(request, context, stack));
    for (const event of batch) {
      const sealed = sealText(context.vault, stackScope(stack), JSON.stringify(event));
      context.store.put(events, [stack.id, update.id, ordinal(event.sequence)], sealed);
    }
    const resourceChanges = batch.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges;
    if (resourceChanges) putUpdate(context, stack, { ...update, resourceChanges });
    return empty(200);
  });
}

const PAGE = 500;

function list(request: ApiRequest, context: PulumiHalf): Response {
  const stack = findStack(request, context);
  const update = settled(findUpdate(request, context, stack), context.now().getTime());
  const from = wholeNumber(request, "continuationToken") ?? 0;
  const found = context.store.list(events, [stack.id, update.id], { from: ordinal(from), limit: PAGE });
  const next = found.length === 0 ? from : Number(found.at(-1)?.key[2]) + 1;
  const more = found.length === PAGE || update.status === "running" || update.status === "not-started";
  return json(200, {
    events: found.map(
      ({ record }) => JSON.parse(openText(context.vault, stackScope(stack), record)) as unknown,
    ),
    ...(more ? { continuationToken: String(next) } : {}),
  });
}

export const eventRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "POST",
    path: `${U}/events/batch`,
    credential: "lease",
    operation: "RecordEngineEventBatch",
    handle: async (request, context) => {
      const { events: batch } = await body(request, v.object({ events: v.nullish(v.array(eventSchema)) }));
      if (!batch || batch.length === 0) throw badRequest("No events provided.");
      return record(request, context, batch);
    },
  },
  {
    method: "POST",
    path: `${U}/events`,
    credential: "lease",
    operation: "RecordEngineEvent",
    handle: async (request, context) => record(request, context, [await body(request, eventSchema)]),
  },
  { method: "GET", path: `${U}/events`, operation: "GetEngineEvents", handle: list },
];
