import { chmodSync, closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** The locks of this process. Node closes a database that nobody refers to any more, and its lock would go with it. */
const held = new Set<DatabaseSync>();

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
  makeFile(file);
  const database = new DatabaseSync(file);
  try {
    // A lock that is only of memory and the system's: no journal file, nothing ever written. (OFF is refused by Node's
    // defensive mode, and would leave a journal file after all.)
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (Object(error).errcode === SQLITE_BUSY) throw new FolderInUse(told(note));
    throw error;
  }
  held.add(database);
  chmodSync(file, 0o600);
  tell(note);
  return () => {
    // The note first: once the lock is free, another one's may stand there. The file itself stays, since a process that
    // has it open already would lock a file that nobody else finds.
    rmSync(note, { force: true });
    database.close();
    held.delete(database);
  };
}

/**
 * Makes an empty file of mode 0600, whatever SQLite would take. One that is there is not opened: the system lets a process's
 * own lock on a file go as soon as the process closes it anywhere.
 */
export function makeFile(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, "wx", 0o600));
}

/** Only for people: on a full disk, a folder can be opened without. */
function tell(note: string): void {
  try {
    writeFileSync(note, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    rmSync(note, { force: true });
  }
}

function told(note: string): number | undefined {
  try {
    return Number(readFileSync(note, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
