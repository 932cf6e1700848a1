import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

/** Seals what must not lie in the store in clear. */
export interface Vault {
  /** `scope` names whose secret it is (an Environment, a stack, a script): nothing sealed for one opens for another. */
  seal(scope: string, plaintext: Uint8Array): Uint8Array;
  /** Throws `WrongKey` when the bytes were not sealed by this key for this scope, or were changed since. */
  open(scope: string, sealed: Uint8Array): Uint8Array;
}

export class WrongKey extends Error {}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a key per scope, derived from one master key of 32 bytes (HKDF-SHA-256). */
export function createVault(master: Uint8Array): Vault {
  // Prepared once: with a key as bytes, each seal of a small text takes three times as long.
  const keys = new Map<string, KeyObject>();
  const keyOf = (scope: string): KeyObject => {
    const known = keys.get(scope);
    if (known !== undefined) return known;
    const key = createSecretKey(Buffer.from(hkdfSync("sha256", master, "worker-secrets sandbox", scope, 32)));
    keys.set(scope, key);
    return key;
  };
  return {
    seal(scope, plaintext) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyOf(scope), nonce);
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    open(scope, sealed) {
      try {
        const decipher = createDecipheriv("aes-256-gcm", keyOf(scope), sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
        return Buffer.concat([
          decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
          decipher.final(),
        ]);
      } catch {
        throw new WrongKey(
          `sealed for another ${scope.split("/")[0] ?? "scope"}, by another key, or damaged`,
        );
      }
    },
  };
}

/** Seals a text into base64, for records that hold JSON. */
export function sealText(vault: Vault, scope: string, text: string): string {
  return Buffer.from(vault.seal(scope, Buffer.from(text, "utf8"))).toString("base64");
}

export function openText(vault: Vault, scope: string, sealed: string): string {
  return Buffer.from(vault.open(scope, Buffer.from(sealed, "base64"))).toString("utf8");
}
