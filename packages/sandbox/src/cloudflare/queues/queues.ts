import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ApiFault, fault, listing, success } from "../envelope.ts";
import { type CloudflareContext, scripts } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { liveBindings } from "../scripts/referrers.ts";
import { publishShared } from "../scripts/triggers.ts";
import { viewConsumer } from "./consumer-view.ts";
import { consumers, consumersOf, type QueueRecord, queueByName, queues, queuesOf } from "./records.ts";

const Settings = v.object({
  delivery_delay: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400))),
  delivery_paused: v.optional(v.boolean()),
  message_retention_period: v.optional(v.pipe(v.number(), v.minValue(60), v.maxValue(1_209_600))),
});
const Queue = v.object({
  queue_name: v.optional(v.string()),
  jurisdiction: v.nullish(v.string()),
  settings: v.nullish(v.record(v.string(), v.unknown())),
});

/** As Cloudflare has them for a queue that says nothing. */
const DEFAULTS = { delivery_delay: 0, delivery_paused: false, message_retention_period: 345_600 };

function viewQueue(context: CloudflareContext, account: string, queue: QueueRecord) {
  const own = consumersOf(context.store, account, queue.id);
  const producers = producersOf(context, account, queue);
  return {
    queue_id: queue.id,
    queue_name: queue.name,
    created_on: queue.createdOn,
    modified_on: queue.modifiedOn,
    ...(queue.jurisdiction === undefined ? {} : { jurisdiction: queue.jurisdiction }),
    producers: producers.map((script) => ({ type: "worker", script })),
    producers_total_count: producers.length,
    consumers: own.map((consumer) => viewConsumer(queue, consumer)),
    consumers_total_count: own.length,
    settings: { ...DEFAULTS, ...queue.settings },
  };
}

/** The scripts whose deployed version is bound to the queue. */
function producersOf(context: CloudflareContext, account: string, { name }: QueueRecord): string[] {
  return context.store
    .list(scripts, [account])
    .map(({ record }) => record)
    .filter((script) =>
      liveBindings(context, script).some(
        ({ type, fields }) => type === "queue" && fields.queue_name === name,
      ),
    )
    .map((script) => script.name);
}

/** 11000 on a 404. */
export function requireQueue(request: ApiRequest, { store }: CloudflareContext): QueueRecord {
  const found = store.get(queues, [request.param("account"), request.param("queue")]);
  if (found === undefined) throw fault(404, 11000, "Queue not found.");
  return found;
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const account = request.param("account");
  const name = request.query.get("name");
  const found = queuesOf(context.store, account).filter((queue) => name === null || queue.name === name);
  return listing(
    found.map((queue) => viewQueue(context, account, queue)),
    request.query,
    100,
  );
}

function settingsFrom(sent: unknown): QueueRecord["settings"] {
  const result = v.safeParse(Settings, sent ?? {});
  if (!result.success) throw fault(400, 100128, "The specified queue settings are invalid.");
  // Without what was not sent.
  return JSON.parse(JSON.stringify(result.output)) as QueueRecord["settings"];
}

function checkFree(context: CloudflareContext, account: string, name: string, own?: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw fault(400, 11003, "Invalid queue name: use lower-case letters, digits and dashes, at most 63.");
  }
  const taken = queueByName(context.store, account, name);
  if (taken === undefined || taken.id === own) return;
  const message = `Queue name '${name}' is already taken. Please use a different name and try again.`;
  throw new ApiFault(409, [{ code: 11009, message }], { "x-should-retry": "false" });
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const sent = checked(Queue, await request.json(), "queue");
  const name = sent.queue_name ?? "";
  checkFree(context, account, name);
  const now = context.now().toISOString();
  const queue: QueueRecord = {
    id: randomBytes(16).toString("hex"),
    name,
    createdOn: now,
    modifiedOn: now,
    ...(sent.jurisdiction == null ? {} : { jurisdiction: sent.jurisdiction }),
    settings: settingsFrom(sent.settings),
  };
  context.store.put(queues, [account, queue.id], queue);
  return success(viewQueue(context, account, queue));
}

/** PUT replaces the settings, PATCH goes over them. A queue keeps its name while Workers are bound to it. */
function changing(patch: boolean): Route<CloudflareContext>["handle"] {
  return async (request, context) => {
    const account = request.param("account");
    const queue = requireQueue(request, context);
    const sent = checked(Queue, await request.json(), "queue");
    const name = sent.queue_name ?? queue.name;
    checkFree(context, account, name, queue.id);
    if (name !== queue.name) refuseBound(context, account, queue, "rename");
    const settings = settingsFrom(sent.settings);
    const changed: QueueRecord = {
      ...queue,
      name,
      modifiedOn: context.now().toISOString(),
      settings: patch ? { ...queue.settings, ...settings } : settings,
    };
    context.store.put(queues, [account, queue.id], changed);
    publishShared(context);
    return success(viewQueue(context, account, changed));
  };
}

function refuseBound(context: CloudflareContext, account: string, queue: QueueRecord, what: string): void {
  const { name } = queue;
  const bound = producersOf(context, account, queue);
  if (bound.length > 0) {
    const names = bound.map((script) => `'${script}'`).join(", ");
    throw fault(
      400,
      11005,
      `Cannot ${what} queue '${name}' that is still referenced by a binding in a Worker. Unbind queue '${name}' from the Workers ${names}; then try again.`,
    );
  }
  if (consumersOf(context.store, account).some(({ deadLetterQueue }) => deadLetterQueue === name)) {
    throw fault(400, 11005, `Cannot ${what} queue '${name}' that serves as dead letter queue for consumers`);
  }
}

function remove(request: ApiRequest, context: CloudflareContext): Response {
  const account = request.param("account");
  const queue = requireQueue(request, context);
  refuseBound(context, account, queue, "delete");
  context.store.transaction(() => {
    context.store.delete(queues, [account, queue.id]);
    context.store.deleteAll(consumers, [account, queue.id]);
  });
  publishShared(context);
  return success(null);
}

const QUEUES = "/client/v4/accounts/:account/queues";
const QUEUE = `${QUEUES}/:queue`;

export const queueRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: QUEUES, operation: "QueuesList", handle: list },
  { method: "POST", path: QUEUES, operation: "QueuesCreate", handle: create },
  {
    method: "GET",
    path: QUEUE,
    operation: "QueuesGet",
    handle: (request, context) =>
      success(viewQueue(context, request.param("account"), requireQueue(request, context))),
  },
  { method: "PUT", path: QUEUE, operation: "QueuesUpdate", handle: changing(false) },
  { method: "PATCH", path: QUEUE, operation: "QueuesEdit", handle: changing(true) },
  { method: "DELETE", path: QUEUE, operation: "QueuesDelete", handle: remove },
];
