import { type Json, type Store, table } from "../../store/store.ts";
import type { QueueConsumer } from "../../workers/runtime.ts";

export interface QueueRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly createdOn: string;
  readonly modifiedOn: string;
  readonly jurisdiction?: string;
  readonly settings: Readonly<Record<string, Json>>;
}

/** By account and id. */
export const queues = table<QueueRecord>("cloudflare.queues");

export interface ConsumerRecord {
  readonly id: string;
  readonly queueId: string;
  readonly createdOn: string;
  /** `http_pull` ones are kept and answered; nothing can be pulled here. */
  readonly type: "worker" | "http_pull";
  readonly script?: string;
  readonly deadLetterQueue?: string;
  readonly settings: Readonly<Record<string, number>>;
}

/** By account, the queue's id and the consumer's. */
export const consumers = table<ConsumerRecord>("cloudflare.queueConsumers");

export function queuesOf(store: Store, account: string): QueueRecord[] {
  const all = store.list(queues, [account]).map(({ record }) => record);
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function queueByName(store: Store, account: string, name: string): QueueRecord | undefined {
  return queuesOf(store, account).find((queue) => queue.name === name);
}

export function consumersOf(store: Store, account: string, queueId?: string): ConsumerRecord[] {
  const prefix = queueId === undefined ? [account] : [account, queueId];
  return store.list(consumers, prefix).map(({ record }) => record);
}

/** What the runtime delivers to. Consumers of an account whose queue is gone went with it. */
export function runtimeConsumers(store: Store, account: string): QueueConsumer[] {
  const names = new Map(queuesOf(store, account).map(({ id, name }) => [id, name]));
  return consumersOf(store, account).flatMap(({ queueId, script, settings, deadLetterQueue }) => {
    const queueName = names.get(queueId);
    if (script === undefined || queueName === undefined) return [];
    const { batch_size, max_retries, retry_delay, max_wait_time_ms } = settings;
    return [
      {
        queueName,
        script,
        ...(batch_size === undefined ? {} : { maxBatchSize: batch_size }),
        ...(max_wait_time_ms === undefined ? {} : { maxBatchTimeout: max_wait_time_ms / 1000 }),
        ...(max_retries === undefined ? {} : { maxRetries: max_retries }),
        ...(retry_delay === undefined ? {} : { retryDelay: retry_delay }),
        ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }),
      },
    ];
  });
}
