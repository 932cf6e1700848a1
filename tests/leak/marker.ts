import { createHash, randomBytes, randomUUID } from "node:crypto";

/** Lower-case letters and digits alone: nothing escapes or folds them, so whatever carries a secret carries this. */
function letters(bytes: Uint8Array): string {
  return [...bytes].map((byte) => (byte % 36).toString(36)).join("");
}

/** Names the run of the tests: set by whichever process loads this first, and inherited by all others. */
const RUN = "WORKER_SECRETS_TEST_RUN";
process.env[RUN] ??= randomUUID();

/**
 * Of this run of the tests, and in each of its secrets. It is made of the run's name and in no variable itself, for
 * whatever a test starts would inherit it.
 */
export const RUN_MARK = letters(createHash("sha256").update(`worker-secrets ${process.env[RUN]}`).digest());

/** Begins every secret of the tests. */
export const CANARY = `canary-${RUN_MARK}-`;

/** A sample secret. `rest` is for what makes a value awkward: quotes, line ends, characters outside ASCII. */
export function canary(rest = ""): string {
  return `${CANARY}${letters(randomBytes(24))}${rest}`;
}

/** Another mark, for what a test plants itself. */
export function newMark(): string {
  return letters(randomBytes(32));
}
