import type { DatabaseSync } from "node:sqlite";

/** Brings a database from one layout to the next. One that has been released never changes. */
export type Migration = (database: DatabaseSync) => void;

/** The layout is kept in the file's `user_version`; the migration at an index leads from the layout of that number. */
export const LAYOUTS: readonly Migration[] = [
  (database) =>
    database.exec(
      "CREATE TABLE records (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    ),
];

/** The file is of no layout that this version knows. It was not changed. */
export class UnknownLayout extends Error {}

/** The layout that a file has; 0 for an empty one. Throws an `UnknownLayout` for one that must not be touched. */
export function layoutOf(database: DatabaseSync, file: string, newest: number): number {
  const found = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (found > newest) {
    throw new UnknownLayout(
      `${file} was written by a newer version of the sandbox (layout ${found}, this one knows ${newest}). Update, or start with another --data folder.`,
    );
  }
  const tables = Number(database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()?.tables ?? 0);
  if (found === 0 && tables > 0) {
    throw new UnknownLayout(
      `${file} is a database, but not one of the sandbox's. It was not changed; start with another --data folder.`,
    );
  }
  return found;
}

/** Brings a file to the newest layout, in one transaction: it is of the new layout as a whole, or as it was. */
export function migrate(database: DatabaseSync, from: number, layouts: readonly Migration[]): void {
  if (from === layouts.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const migration of layouts.slice(from)) migration(database);
    database.exec(`PRAGMA user_version = ${layouts.length}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
