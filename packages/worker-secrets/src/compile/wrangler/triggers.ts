/** Where a Worker answers besides workers.dev. */
export type Route =
  | {
      readonly kind: "route";
      /** `example.com/shop/*`. */
      readonly pattern: string;
      readonly zone: Zone | undefined;
    }
  | { readonly kind: "custom_domain"; readonly hostname: string; readonly zone: Zone | undefined };

/** The zone of a route, by id or by name; by the longest zone of the account that fits the host when absent. */
export type Zone = { readonly id: string } | { readonly name: string };

/** `queues.consumers`: this Worker takes the messages of a queue. */
export interface QueueConsumer {
  readonly queue: string;
  readonly maxBatchSize?: number;
  /** Seconds. */
  readonly maxBatchTimeout?: number;
  readonly maxRetries?: number;
  readonly deadLetterQueue?: string;
  readonly maxConcurrency?: number;
  /** Seconds. */
  readonly retryDelay?: number;
}
