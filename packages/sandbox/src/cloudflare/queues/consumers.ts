import { randomBytes } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ApiFault, fault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { activeVersion, requireScript } from "../scripts/state.ts";
import { publishShared } from "../scripts/triggers.ts";
import { viewConsumer } from "./consumer-view.ts";
import { requireQueue } from "./queues.ts";
import { type ConsumerRecord, consumers, consumersOf, queueByName } from "./records.ts";

const between = (from: number, to: number) =>
  v.nullish(v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to)));

const Settings = v.object({
  batch_size: between(1, 100),
  max_concurrency: between(1, 250),
  max_retries: between(0, 100),
  max_wait_time_ms: between(0, 60_000),
  retry_delay: between(0, 86_400),
  visibility_timeout_ms: between(0, 43_200_000),
});
const Consumer = v.object({
  type: v.picklist(["worker", "http_pull"]),
  script_name: v.nullish(v.string()),
  dead_letter_queue: v.nullish(v.string()),
  settings: v.nullish(v.record(v.string(), v.unknown())),
});

/** As Cloudflare has them for a consumer that says nothing. */
const DEFAULTS = {
  worker: { batch_size: 10, max_retries: 3, max_wait_time_ms: 5000 },
  http_pull: { batch_size: 5, max_retries: 3, visibility_timeout_ms: 30_000 },
};

async function read(
  request: ApiRequest,
  context: CloudflareContext,
): Promise<Pick<ConsumerRecord, "type" | "script" | "deadLetterQueue" | "settings">> {
  const account = request.param("account");
  const { type, script_name, dead_letter_queue, settings } = checked(
    Consumer,
    await request.json(),
    "consumer",
  );
  const found = v.safeParse(Settings, settings ?? {});
  if (!found.success) throw fault(400, 100127, "The specified consumer settings are invalid.");
  if (dead_letter_queue != null && dead_letter_queue !== "") {
    if (queueByName(context.store, account, dead_letter_queue) === undefined)
      throw fault(400, 11000, `Queue '${dead_letter_queue}' does not exist, and can't take dead letters.`);
  }
  if (type === "worker") checkHandler(context, account, script_name ?? "");
  const sent = Object.entries(found.output).filter((entry): entry is [string, number] => entry[1] != null);
  return {
    type,
    ...(type === "worker" && script_name != null ? { script: script_name } : {}),
    ...(dead_letter_queue == null || dead_letter_queue === "" ? {} : { deadLetterQueue: dead_letter_queue }),
    settings: { ...DEFAULTS[type], ...Object.fromEntries(sent) },
  };
}

/** 11001: a Worker without a queue handler can't be a consumer. */
function checkHandler(context: CloudflareContext, account: string, name: string): void {
  const version = activeVersion(context, requireScript(context, account, name));
  if (!version.handlers.includes("queue")) throw fault(400, 11001, "queue handler is missing");
}

function list(request: ApiRequest, context: CloudflareContext): Response {
  const queue = requireQueue(request, context);
  const found = consumersOf(context.store, request.param("account"), queue.id);
  return listing(
    found.map((consumer) => viewConsumer(queue, consumer)),
    request.query,
  );
}

function requireConsumer(request: ApiRequest, { store }: CloudflareContext): ConsumerRecord {
  const key = [request.param("account"), request.param("queue"), request.param("consumer")];
  const found = store.get(consumers, key);
  // The code is not known; it is the queue's own.
  if (found === undefined) throw fault(404, 11000, "Consumer not found.");
  return found;
}

/** A queue has one consumer. */
async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const queue = requireQueue(request, context);
  const account = request.param("account");
  const sent = await read(request, context);
  if (consumersOf(context.store, account, queue.id).length > 0) {
    const message = `Queue '${queue.name}' already has a consumer.`;
    throw new ApiFault(400, [{ code: 11004, message }]);
  }
  const consumer: ConsumerRecord = {
    id: randomBytes(16).toString("hex"),
    queueId: queue.id,
    createdOn: context.now().toISOString(),
    ...sent,
  };
  context.store.put(consumers, [account, queue.id, consumer.id], consumer);
  publishShared(context);
  return success(viewConsumer(queue, consumer));
}

async function update(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const queue = requireQueue(request, context);
  const { id, queueId, createdOn } = requireConsumer(request, context);
  const consumer = { id, queueId, createdOn, ...(await read(request, context)) };
  context.store.put(consumers, [request.param("account"), queueId, id], consumer);
  publishShared(context);
  return success(viewConsumer(queue, consumer));
}

function remove(request: ApiRequest, context: CloudflareContext): Response {
  requireQueue(request, context);
  const { id, queueId } = requireConsumer(request, context);
  context.store.delete(consumers, [request.param("account"), queueId, id]);
  publishShared(context);
  return success(null);
}

const CONSUMERS = "/client/v4/accounts/:account/queues/:queue/consumers";
const CONSUMER = `${CONSUMERS}/:consumer`;

export const queueConsumerRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: CONSUMERS, operation: "QueuesConsumersList", handle: list },
  { method: "POST", path: CONSUMERS, operation: "QueuesConsumersCreate", handle: create },
  {
    method: "GET",
    path: CONSUMER,
    operation: "QueuesConsumersGet",
    handle: (request, context) =>
      success(viewConsumer(requireQueue(request, context), requireConsumer(request, context))),
  },
  { method: "PUT", path: CONSUMER, operation: "QueuesConsumersUpdate", handle: update },
  { method: "DELETE", path: CONSUMER, operation: "QueuesConsumersDelete", handle: remove },
];
