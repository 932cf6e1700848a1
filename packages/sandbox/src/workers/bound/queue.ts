/**
 * Queues, as a part of the bound Workers' router. miniflare's own keep messages in memory alone, and would lose them
 * with every change of a Worker; here they are a Durable Object's storage. A message goes when its consumer has
 * acknowledged it, so one whose delivery was cut short comes again, as Cloudflare allows itself too.
 *
 * Defaults and limits: https://developers.cloudflare.com/queues/platform/limits/ and …/configuration/configure-queues/
 */
export const QUEUES = /* js */ `
const MAX_BYTES = 128 * 1000;
const MAX_BATCH = 100;
const MAX_DELAY = 86400;
const TYPES = ["text", "json", "bytes", "v8"];

/** What a Worker finds behind its binding. */
export class QueueProducer extends WorkerEntrypoint {
  async send(body, options = {}) {
    return this.#send([{ ...options, body }]);
  }

  async sendBatch(messages, options = {}) {
    const list = [...messages];
    if (list.length === 0) throw new TypeError("Queue sendBatch() must have a batch of at least one message");
    if (list.length > MAX_BATCH) {
      throw new Error("Queue sendBatch failed: batch message count of " + list.length + " exceeds limit of " + MAX_BATCH);
    }
    return this.#send(list.map((message) => ({ delaySeconds: options.delaySeconds, ...message })));
  }

  async #send(messages) {
    const { queue, delay } = this.ctx.props;
    const now = Date.now();
    const checked = messages.map(({ body, contentType = "json", delaySeconds = delay ?? 0 }) => {
      check(body, contentType, delaySeconds);
      return { body: contentType === "json" ? plain(body) : body, timestamp: now, due: now + delaySeconds * 1000, attempts: 0 };
    });
    await this.env.QUEUES.getByName(queue).add(queue, checked);
  }
}

/** A JSON body arrives as JSON would have made it. */
function plain(body) {
  const text = JSON.stringify(body);
  if (text === undefined) throw new TypeError("Queue send failed: the message can't be written as JSON");
  return JSON.parse(text);
}

function check(body, contentType, delaySeconds) {
  if (!TYPES.includes(contentType)) throw new TypeError("Unsupported queue message content type: " + contentType);
  if (contentType === "text" && typeof body !== "string") throw new TypeError("The content type \\"text\\" requires a value of type string, but received: " + typeof body);
  if (contentType === "bytes" && !(body instanceof ArrayBuffer) && !ArrayBuffer.isView(body)) throw new TypeError("The content type \\"bytes\\" requires a value of type ArrayBufferView, but received: " + typeof body);
  if (!(Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= MAX_DELAY)) throw new Error("Queue send failed: message delay " + delaySeconds + " is not a whole number of seconds from 0 to " + MAX_DELAY);
  const size = sizeOf(body, contentType);
  if (size > MAX_BYTES) throw new Error("Queue send failed: message length of " + size + " bytes exceeds limit of " + MAX_BYTES);
}

function sizeOf(body, contentType) {
  if (contentType === "bytes") return body.byteLength;
  if (contentType === "text") return new TextEncoder().encode(body).length;
  return new TextEncoder().encode(JSON.stringify(body) ?? "").length;
}

/** One queue's messages: key by key in the order they are due. */
export class Queue extends DurableObject {
  #delivering = false;

  async add(name, messages) {
    await this.ctx.storage.put("name", name);
    for (const message of messages) await this.ctx.storage.put(keyOf(message), message);
    if (!this.#delivering) await this.#arm();
  }

  /** After a start: a consumer may be there now, or have gone. */
  async wake() {
    if (!this.#delivering) await this.#arm();
  }

  async count() {
    return (await this.ctx.storage.list({ prefix: "message/" })).size;
  }

  async purge() {
    const keys = [...(await this.ctx.storage.list({ prefix: "message/" })).keys()];
    for (const key of keys) await this.ctx.storage.delete(key);
    await this.ctx.storage.deleteAlarm();
  }

  async alarm() {
    this.#delivering = true;
    try {
      const consumer = await this.#consumer();
      const ready = consumer === undefined ? [] : await this.#ready(consumer);
      if (ready.length > 0 && (await this.#when(consumer)) <= Date.now()) await this.#deliver(consumer, ready);
    } finally {
      this.#delivering = false;
      await this.#arm();
    }
  }

  async #consumer() {
    const name = await this.ctx.storage.get("name");
    return this.env.CONSUMERS.find((one) => one.queueName === name);
  }

  async #ready({ maxBatchSize = 10 }) {
    const list = await this.ctx.storage.list({ prefix: "message/", end: "message/" + padded(Date.now() + 1), limit: maxBatchSize });
    return [...list];
  }

  /** When the next batch is to be delivered: as soon as it is full, or its first message has waited long enough. */
  async #when({ maxBatchSize = 10, maxBatchTimeout = 5 }) {
    const list = [...(await this.ctx.storage.list({ prefix: "message/", limit: maxBatchSize })).values()];
    if (list.length === 0) return undefined;
    const last = list[maxBatchSize - 1]?.due ?? Infinity;
    return Math.min(last, list[0].due + maxBatchTimeout * 1000);
  }

  async #arm() {
    const consumer = await this.#consumer();
    const when = consumer === undefined ? undefined : await this.#when(consumer);
    if (when === undefined) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(when, Date.now()));
  }

  async #deliver(consumer, ready) {
    const { maxRetries = 3, retryDelay = 0 } = consumer;
    // Those whose last delivery was cut short, such as by an endless loop in the consumer.
    const spent = ready.filter(([, { attempts }]) => attempts > maxRetries);
    await this.#bury(consumer, spent);
    const batch = ready.filter((one) => !spent.includes(one)).map(([key, one]) => [key, { ...one, attempts: one.attempts + 1 }]);
    if (batch.length === 0) return;
    // Counted beforehand, lest a consumer that takes workerd down with it gets the same messages for ever.
    for (const [key, message] of batch) await this.ctx.storage.put(key, message);
    const result = await this.#hand(consumer, batch);
    const acknowledged = new Set(result.explicitAcks);
    const again = new Map(result.retryMessages?.map(({ msgId, delaySeconds }) => [msgId, delaySeconds]));
    // A failed batch comes again as a whole, but for what was acknowledged one by one.
    const all = (result.retryBatch?.retry ?? false) || (result.outcome !== "ok" && !result.ackAll);
    const failed = batch.filter(([key]) => again.has(idOf(key)) || (all && !acknowledged.has(idOf(key))));
    for (const [key, message] of failed.filter(([, { attempts }]) => attempts <= maxRetries)) {
      const delay = again.get(idOf(key)) ?? result.retryBatch?.delaySeconds ?? retryDelay;
      const later = { ...message, due: Date.now() + delay * 1000 };
      await this.ctx.storage.put(keyOf(later, idOf(key)), later);
    }
    await this.#bury(consumer, failed.filter(([, { attempts }]) => attempts > maxRetries));
    // Last: should all end here, a message is there twice rather than not at all.
    for (const [key] of batch) await this.ctx.storage.delete(key);
  }

  async #hand({ queueName, script }, batch) {
    const messages = batch.map(([key, { body, timestamp, attempts }]) => ({
      id: idOf(key),
      timestamp: new Date(timestamp),
      attempts,
      body,
    }));
    try {
      return await this.env["events " + script].queue(queueName, messages);
    } catch (error) {
      console.error("The queue " + queueName + "'s consumer " + script + " failed: " + error);
      return { outcome: "exception", explicitAcks: [] };
    }
  }

  /** To the dead letter queue, if there is one; else they are gone. */
  async #bury({ deadLetterQueue }, batch) {
    if (batch.length === 0) return;
    const dead = batch.map(([, message]) => ({ ...message, attempts: 0, due: Date.now() }));
    if (deadLetterQueue !== undefined) await this.env.QUEUES.getByName(deadLetterQueue).add(deadLetterQueue, dead);
    for (const [key] of batch) await this.ctx.storage.delete(key);
  }
}

let last = 0;

function keyOf({ due }, id = padded(++last) + crypto.randomUUID().replaceAll("-", "")) {
  return "message/" + padded(due) + "/" + id;
}

function idOf(key) {
  return key.split("/")[2];
}

function padded(number) {
  return String(number).padStart(15, "0");
}

/** The sandbox's own way to a queue. */
async function queue(env, _id, request) {
  const { action, queue: name, body, delaySeconds = 0 } = await request.json();
  const stub = env.QUEUES.getByName(name);
  if (action === "count") return Response.json(await stub.count());
  if (action === "purge") await stub.purge();
  else {
    const value = body.type === "bytes" ? Uint8Array.fromBase64(body.value).buffer : body.value;
    try {
      check(value, body.type, delaySeconds);
    } catch (error) {
      return new Response(error.message, { status: 400 });
    }
    const now = Date.now();
    await stub.add(name, [{ body: value, timestamp: now, due: now + delaySeconds * 1000, attempts: 0 }]);
  }
  return Response.json(null);
}

async function wake(env) {
  await Promise.all(env.CONSUMERS.map(({ queueName }) => env.QUEUES.getByName(queueName).wake()));
  return new Response(null, { status: 204 });
}
`;
