import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import type { QueueAccess } from "../../workers/runtime.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { requireQueue } from "./queues.ts";

const Message = v.object({
  body: v.optional(v.custom<Json>(() => true)),
  content_type: v.optional(v.picklist(["text", "json", "bytes"]), "text"),
  delay_seconds: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))),
});
const Batch = v.object({
  messages: v.pipe(v.array(Message), v.minLength(1), v.maxLength(100)),
  delay_seconds: Message.entries.delay_seconds,
});

type Message = v.InferOutput<typeof Message>;

async function send(queue: QueueAccess, { body, content_type, delay_seconds }: Message): Promise<void> {
  const options = delay_seconds == null ? {} : { delaySeconds: delay_seconds };
  if (content_type === "json") {
    await queue.send({ json: body ?? null }, options);
    return;
  }
  // 10207: the text says which kind was announced, and not what came.
  if (typeof body !== "string")
    throw fault(400, 10207, `The body of a message of type ${content_type} is a string.`);
  if (content_type === "text") await queue.send({ text: body }, options);
  else await queue.send({ bytes: Buffer.from(body, "base64") }, options);
}

function access(request: ApiRequest, context: CloudflareContext): QueueAccess {
  return context.workers.data.queue(requireQueue(request, context).name);
}

async function push(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const queue = access(request, context);
  await send(queue, checked(Message, await request.json(), "message"));
  return success({});
}

async function pushAll(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const queue = access(request, context);
  const { messages, delay_seconds } = checked(Batch, await request.json(), "batch");
  for (const message of messages) {
    await send(queue, { ...message, delay_seconds: message.delay_seconds ?? delay_seconds });
  }
  return success({});
}

const MESSAGES = "/client/v4/accounts/:account/queues/:queue/messages";

export const queueMessageRoutes: readonly Route<CloudflareContext>[] = [
  { method: "POST", path: MESSAGES, operation: "QueuesMessagesPush", handle: push },
  { method: "POST", path: `${MESSAGES}/batch`, operation: "QueuesMessagesBulkPush", handle: pushAll },
];
