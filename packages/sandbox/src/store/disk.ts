/** Why a disk took nothing. */
const KINDS = {
  full: "it is full. Free some space and repeat the command",
  "read-only": "it is read-only. Make it writable and repeat the command",
  failing: "it fails. See what the system's log says of it, and repeat the command when it is mended",
} as const;

/**
 * The disk took nothing of what was to be written. Everything that was acknowledged before is there as it was, and can
 * still be read.
 */
export class DiskRefused extends Error {
  readonly kind: keyof typeof KINDS;

  /** `what` is the file or folder. */
  constructor(kind: keyof typeof KINDS, what: string, cause: unknown) {
    super(
      `nothing was written to ${what}: the disk can't take it, ${KINDS[kind]} (what was stored before is safe)`,
      { cause },
    );
    this.kind = kind;
  }
}

/** SQLite's primary result codes: SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL. */
const OF_SQLITE: Readonly<Record<number, keyof typeof KINDS>> = { 8: "read-only", 10: "failing", 13: "full" };
const OF_SYSTEM: Readonly<Record<string, keyof typeof KINDS>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  EROFS: "read-only",
  EIO: "failing",
};

/** The same error, or a `DiskRefused` for what a disk said. */
export function diskFault(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error instanceof DiskRefused) return error;
  const kind =
    "errcode" in error && typeof error.errcode === "number"
      ? OF_SQLITE[error.errcode & 0xff]
      : "code" in error && typeof error.code === "string"
        ? OF_SYSTEM[error.code]
        : undefined;
  return kind === undefined ? error : new DiskRefused(kind, what, error);
}

/** Runs `work`; what a disk says comes as a `DiskRefused`. */
export function onDisk<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskFault(error, what);
  }
}
