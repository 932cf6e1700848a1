import type { Json } from "../store/store.ts";

export interface KvEntry {
  readonly name: string;
  /** Unix time in seconds. */
  readonly expiration?: number;
  readonly metadata?: Json;
}

/** One KV namespace. Faults (too large a value, too long a key) are thrown with KV's own text. */
export interface KvAccess {
  get(key: string): Promise<{ readonly value: Uint8Array; readonly entry: KvEntry } | undefined>;
  /** `expiration` is a Unix time in seconds, `expirationTtl` seconds from now (at least 60 either way). */
  put(
    key: string,
    value: Uint8Array,
    options?: { readonly expiration?: number; readonly expirationTtl?: number; readonly metadata?: Json },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  /** At most `limit` (1–1000, default 1000) in the order of their names; `cursor` continues a list. */
  list(options?: {
    readonly prefix?: string;
    readonly limit?: number;
    readonly cursor?: string;
  }): Promise<{ readonly keys: readonly KvEntry[]; readonly cursor?: string }>;
}

/** What D1 answers to one statement. */
export interface D1Result {
  readonly success: true;
  readonly meta: Readonly<Record<string, Json>>;
  readonly results: readonly Readonly<Record<string, Json>>[];
}

export interface D1Access {
  /** Runs a text of one or more statements; with `params`, of one. Throws `D1_ERROR: …` as a Worker sees it. */
  query(sql: string, params?: readonly Json[]): Promise<readonly D1Result[]>;
}

export interface R2Entry {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly uploaded: Date;
  readonly httpMetadata: Readonly<Record<string, string>>;
  readonly customMetadata: Readonly<Record<string, string>>;
}

export interface R2Access {
  get(key: string): Promise<{ readonly entry: R2Entry; readonly value: Uint8Array } | undefined>;
  put(
    key: string,
    value: Uint8Array,
    options?: {
      readonly httpMetadata?: Readonly<Record<string, string>>;
      readonly customMetadata?: Readonly<Record<string, string>>;
    },
  ): Promise<R2Entry>;
  delete(key: string): Promise<void>;
  list(options?: {
    readonly prefix?: string;
    readonly limit?: number;
    readonly cursor?: string;
  }): Promise<{ readonly objects: readonly R2Entry[]; readonly cursor?: string }>;
}

export interface QueueAccess {
  /** `body` is text, JSON or bytes, which is also the message's content type. */
  send(
    body: { readonly text: string } | { readonly json: Json } | { readonly bytes: Uint8Array },
    options?: { readonly delaySeconds?: number },
  ): Promise<void>;
  /** Forgets all messages. */
  purge(): Promise<void>;
  /** How many messages wait for a consumer, those due later included. */
  count(): Promise<number>;
}

/**
 * The data behind bindings, by the ids that bindings name. There is no list of what exists: any id is an empty store
 * until something is written, so whether it may be used is for the API to know.
 */
export interface DataAccess {
  kv(namespaceId: string): KvAccess;
  d1(databaseId: string): D1Access;
  r2(bucketName: string): R2Access;
  queue(queueName: string): QueueAccess;
  /** Deletes the data of what the API deleted. */
  drop(
    what:
      | { readonly kind: "kv"; readonly namespaceId: string }
      | { readonly kind: "d1"; readonly databaseId: string }
      | { readonly kind: "r2"; readonly bucketName: string }
      | { readonly kind: "durable_objects"; readonly namespaceId: string }
      | { readonly kind: "workflow"; readonly workflowName: string },
  ): Promise<void>;
}
