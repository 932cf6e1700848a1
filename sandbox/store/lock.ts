import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another process holds the folder; its id, where it has told it. */
export class FolderInUse extends Error {
  readonly holder: number | undefined;

  constructor(holder: number | undefined) {
    super("the folder is in use");
    this.holder = holder;
  }
}

/** SQLite's own code for a database that another connection has locked. */
const SQLITE_BUSY = 5;

/**
 * Takes the folder for this process alone, until the returned call or the process's end. The lock is the system's own,
 * on a file that SQLite opens: it ends with its holder, however that ended, and no process id that is used again can
 * stand for it. `sandbox.pid` only tells people who holds it.
 */
export function lockFolder(path: string): () => void {
  const file = join(path, "sandbox.lock");
  const note = join(path, "sandbox.pid");
  const database = new DatabaseSync(file);
  try {
    // A lock that is only of memory and the system's: no journal file, nothing ever written.
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (Object(error).errcode === SQLITE_BUSY) throw new FolderInUse(told(note));
    throw error;
  }
  chmodSync(file, 0o600);
  writeFileSync(note, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    // The note first: once the lock is free, another one's may stand there. The file itself stays, since a process that
    // has it open already would lock a file that nobody else finds.
    rmSync(note, { force: true });
    database.close();
  };
}

function told(note: string): number | undefined {
  try {
    return Number(readFileSync(note, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
