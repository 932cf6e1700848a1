import { DatabaseSync } from "node:sqlite";
import type { Key, Store, Table } from "./store.ts";

/** The layout this version writes, kept in the file's `user_version`. */
const LAYOUT = 1;

/** Ends each part of a key. It sorts below every character a name may have, so prefixes are ranges. */
const END = "\u0000";
const AFTER_END = "\u0001";

export class UnknownLayout extends Error {}

/** A store in one SQLite file (`node:sqlite`), write-ahead logged and synced on every commit. */
export function openSqliteStore(file: string): Store {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
  migrate(database, file);

  const select = database.prepare("SELECT value FROM records WHERE kind = ? AND key = ?");
  const upsert = database.prepare(
    "INSERT INTO records (kind, key, value) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM records WHERE kind = ? AND key = ?");
  const range = database.prepare(
    "SELECT key, value FROM records WHERE kind = ? AND key >= ? AND key < ? ORDER BY key",
  );
  const removeRange = database.prepare("DELETE FROM records WHERE kind = ? AND key >= ? AND key < ?");
  let depth = 0;

  return {
    get<R>(table: Table<R>, key: Key): R | undefined {
      const row = select.get(table.name, encode(key));
      return row === undefined ? undefined : (JSON.parse(String(row.value)) as R);
    },
    put<R>(table: Table<R>, key: Key, record: R): void {
      upsert.run(table.name, encode(key), JSON.stringify(record));
    },
    delete<R>(table: Table<R>, key: Key): boolean {
      return Number(remove.run(table.name, encode(key)).changes) > 0;
    },
    list<R>(table: Table<R>, prefix: Key = []): { key: Key; record: R }[] {
      return range.all(table.name, ...bounds(prefix)).map((row) => ({
        key: decode(String(row.key)),
        record: JSON.parse(String(row.value)) as R,
      }));
    },
    deleteAll<R>(table: Table<R>, prefix: Key): void {
      removeRange.run(table.name, ...bounds(prefix));
    },
    transaction<T>(work: () => T): T {
      if (depth > 0) return work();
      database.exec("BEGIN IMMEDIATE");
      depth++;
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      } finally {
        depth--;
      }
    },
    close() {
      // Folds the log back, so that a stopped sandbox leaves one file.
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}

function migrate(database: DatabaseSync, file: string): void {
  const found = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (found > LAYOUT) {
    throw new UnknownLayout(
      `${file} was written by a newer version of the sandbox (layout ${found}, this one knows ${LAYOUT}). Update, or start with another --data folder.`,
    );
  }
  database.exec(
    `CREATE TABLE IF NOT EXISTS records (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
     PRAGMA user_version = ${LAYOUT};`,
  );
}

function encode(key: Key): string {
  for (const part of key) {
    if (part.includes(END)) throw new Error("a key's part can't hold a NUL character");
  }
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
