import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { diskFault, onDisk } from "./disk.ts";
import { FolderInUse, lockFolder, makeFile } from "./lock.ts";
import { openSqliteStore } from "./sqlite.ts";
import type { Store } from "./store.ts";
import { createVault, type Vault } from "./vault.ts";

/** The data folder can't be used as it is; the message says why and what to do. */
export class UnusableFolder extends Error {}

export interface DataFolder {
  readonly path: string;
  readonly store: Store;
  readonly vault: Vault;
  close(): void;
}

/**
 * Opens (or makes) a data folder: the folder is for its owner alone (0700), the key file too (0600), and one sandbox
 * at a time may hold it (lock.ts).
 */
export function openDataFolder(path: string): DataFolder {
  makeFolder(path);
  const release = onDisk(path, () => lock(path));
  try {
    const vault = createVault(onDisk(path, () => masterKey(join(path, "key"))));
    const file = join(path, "sandbox.sqlite");
    const store = openStore(file);
    return {
      path,
      store,
      vault,
      close() {
        store.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    makeFolders(path);
    const probe = join(path, `.probe-${process.pid}`);
    writeFileSync(probe, "", { mode: 0o600 });
    rmSync(probe);
  } catch (error) {
    throw new UnusableFolder(
      `The data folder ${path} can't be written (${reason(error)}). Choose another with --data DIR, or mend its permissions.`,
    );
  }
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const ours = existsSync(join(path, "key"));
    throw new UnusableFolder(
      `The data folder ${path} is open to other users (mode ${mode.toString(8)}), and the sandbox keeps a key in it. ` +
        (ours ? `Run 'chmod 700 ${path}' first.` : "Choose a folder of its own with --data DIR."),
    );
  }
}

function openStore(file: string): Store {
  try {
    // Before SQLite makes it: the log beside it gets the same mode.
    makeFile(file);
    chmodSync(file, 0o600);
    return openSqliteStore(file);
  } catch (given) {
    const error = diskFault(given, file);
    if (!isCode(error, "ERR_SQLITE_ERROR")) throw error;
    throw new UnusableFolder(
      `The database ${file} can't be read (${error instanceof Error ? error.message : "damaged"}). Restore it from a copy, or start with another --data folder.`,
    );
  }
}

/** Not `mkdir` with `recursive`: Node's never returns where a file system says ENOENT below a folder that is there (/proc). */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
}

function masterKey(file: string): Uint8Array {
  const found = readIfThere(file);
  if (found !== undefined) {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new UnusableFolder(
        `The key file ${file} is open to other users (mode ${mode.toString(8)}). Run 'chmod 600 ${file}'.`,
      );
    }
    const key = Buffer.from(found.trim(), "hex");
    if (key.length !== 32) {
      throw new UnusableFolder(
        `The key file ${file} is damaged. Without it the stored secrets can't be read: restore it, or start with another --data folder.`,
      );
    }
    return key;
  }
  if (existsSync(join(file, "..", "sandbox.sqlite"))) {
    throw new UnusableFolder(
      `The key file ${file} is gone, but its database is there. Restore the key, or start with another --data folder.`,
    );
  }
  const key = randomBytes(32);
  writeFileAtomic.sync(file, `${key.toString("hex")}\n`, { mode: 0o600 });
  return key;
}

function lock(path: string): () => void {
  try {
    return lockFolder(path);
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    const who = error.holder === undefined ? "" : ` (process ${error.holder})`;
    throw new UnusableFolder(
      `A sandbox already runs on ${path}${who}. Use that one, stop it, or start another with --data DIR --port N.`,
    );
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
