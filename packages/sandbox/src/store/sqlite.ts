import { DatabaseSync } from "node:sqlite";
import { DiskRefused, onDisk } from "./disk.ts";
import { LAYOUTS, layoutOf, migrate } from "./layouts.ts";
import type { Key, Part, Store, Table } from "./store.ts";

/** Ends each part of a key. It sorts below every character a name may have, so prefixes are ranges. */
const END = "\u0000";
const AFTER_END = "\u0001";
/** SQLite's way to say that a LIMIT is none. */
const ALL = -1;

/**
 * A store in one SQLite file (`node:sqlite`), write-ahead logged and synced on every commit. One of an older layout is
 * brought to the newest; one of another kind is refused as it is. `layouts` is for tests.
 */
export function openSqliteStore(file: string, layouts = LAYOUTS): Store {
  const database = openDatabase(file, layouts);

  const select = database.prepare("SELECT value FROM records WHERE kind = ? AND key = ?");
  const upsert = database.prepare(
    "INSERT INTO records (kind, key, value) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM records WHERE kind = ? AND key = ?");
  const range = database.prepare(
    "SELECT key, value FROM records WHERE kind = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
  );
  const removeRange = database.prepare("DELETE FROM records WHERE kind = ? AND key >= ? AND key < ?");
  let depth = 0;

  const write = <T>(work: () => T): T => {
    // Outside of it, a write of the rest alone would be kept.
    if (depth > 0 && !database.isTransaction) throw new Error("the disk has ended the transaction");
    return onDisk(file, work);
  };

  return {
    get<R>(table: Table<R>, key: Key): R | undefined {
      if (!canBe(key)) return undefined;
      const row = select.get(table.name, encode(key));
      return row === undefined ? undefined : (JSON.parse(String(row.value)) as R);
    },
    put<R>(table: Table<R>, key: Key, record: R): void {
      write(() => upsert.run(table.name, encode(key), JSON.stringify(record)));
    },
    delete<R>(table: Table<R>, key: Key): boolean {
      return canBe(key) && write(() => Number(remove.run(table.name, encode(key)).changes) > 0);
    },
    list<R>(table: Table<R>, prefix: Key = [], { from, limit = ALL }: Part = {}): { key: Key; record: R }[] {
      const [first, end] = bounds(prefix);
      const start = from === undefined ? first : encode([...prefix, from]);
      return range.all(table.name, start, end, limit).map((row) => ({
        key: decode(String(row.key)),
        record: JSON.parse(String(row.value)) as R,
      }));
    },
    deleteAll<R>(table: Table<R>, prefix: Key): void {
      write(() => removeRange.run(table.name, ...bounds(prefix)));
    },
    transaction<T>(work: () => T): T {
      if (depth > 0) return work();
      onDisk(file, () => database.exec("BEGIN IMMEDIATE"));
      depth++;
      try {
        const result = work();
        onDisk(file, () => database.exec("COMMIT"));
        return result;
      } catch (error) {
        // A full disk has ended it already.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      } finally {
        depth--;
      }
    },
    close() {
      // Folds the log back, so that a stopped sandbox leaves one file. On a full disk it stays, and is read next time.
      try {
        onDisk(file, () => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
      } catch (error) {
        if (!(error instanceof DiskRefused)) throw error;
      } finally {
        database.close();
      }
    },
  };
}

function openDatabase(file: string, layouts: typeof LAYOUTS): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    const found = layoutOf(database, file, layouts.length);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
    migrate(database, found, layouts);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether there can be a record: none was ever put under a name with a NUL, but clients may ask for one. */
function canBe(key: Key): boolean {
  return !key.some((part) => part.includes(END));
}

function encode(key: Key): string {
  if (!canBe(key)) throw new Error("a key's part can't hold a NUL character");
  return key.map((part) => part + END).join("");
}

function decode(key: string): Key {
  return key.split(END).slice(0, -1);
}

/** From the prefix itself up to the first key beyond everything that begins with it. */
function bounds(prefix: Key): [string, string] {
  if (prefix.length === 0) return ["", "\u{10ffff}"];
  const first = encode(prefix);
  return [first, first.slice(0, -1) + AFTER_END];
}
