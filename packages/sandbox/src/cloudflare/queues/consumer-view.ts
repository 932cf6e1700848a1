import type { ConsumerRecord, QueueRecord } from "./records.ts";

/** `script` is what wrangler reads, `script_name` what the SDK does. */
export function viewConsumer(queue: QueueRecord, consumer: ConsumerRecord) {
  const { id, createdOn, type, script, deadLetterQueue, settings } = consumer;
  return {
    consumer_id: id,
    created_on: createdOn,
    queue_id: queue.id,
    queue_name: queue.name,
    type,
    ...(script === undefined ? {} : { script, script_name: script }),
    ...(deadLetterQueue === undefined ? {} : { dead_letter_queue: deadLetterQueue }),
    settings,
  };
}
