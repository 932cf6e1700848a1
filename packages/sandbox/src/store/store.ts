/** A value that survives a trip through JSON unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One kind of record. `name` is the namespace in the store; the type parameter is what a record holds. Records are
 * ordered by their key's parts, so a shared prefix is a cheap listing.
 */
export interface Table<Record> {
  readonly name: string;
  /** Never read: it only carries the type. */
  readonly example?: Record;
}

export function table<Record>(name: string): Table<Record> {
  return { name };
}

/** Which of the records under a prefix. */
export interface Part {
  /** The key's next part after the prefix: the first record is this one or the next after it. Default: the first of all. */
  readonly from?: string;
  /** So many at most. Default: all. */
  readonly limit?: number;
}

/** A record's key: its parts from the widest to the narrowest, such as `[organization, project, stack]`. */
export type Key = readonly string[];

/**
 * Everything the sandbox keeps goes through this interface. All calls are synchronous and durable: once one returns
 * (for a transaction: once the outermost returns), the write survives a kill of the process and of the machine.
 */
export interface Store {
  get<R>(table: Table<R>, key: Key): R | undefined;
  put<R>(table: Table<R>, key: Key, record: R): void;
  /** Says whether there was such a record. */
  delete<R>(table: Table<R>, key: Key): boolean;
  /** The records whose keys begin with `prefix`, in key order; a part of them where `part` says so. */
  list<R>(table: Table<R>, prefix?: Key, part?: Part): { key: Key; record: R }[];
  deleteAll<R>(table: Table<R>, prefix: Key): void;
  /** All or nothing; may be nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** Orders keys that end in a number: `00000000000000000042`. */
export function ordinal(number: number): string {
  return String(number).padStart(20, "0");
}
