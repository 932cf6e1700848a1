/**
 * Proofs by an HMAC-SHA-256 of fixed messages. The key has to be generated for this purpose and long: anybody may
 * read a proof, so a key that can be guessed could be tested against it. A short one signs nothing.
 */
const MESSAGE = {
  possession: "worker-secrets/v1/possession",
  request: "worker-secrets/v1/names/request",
  names: "worker-secrets/v1/names/answer",
} as const;

const SHORTEST_KEY = 32;

/** Shows that whoever answers holds the key. */
export function provePossession(key: string): Promise<string> {
  return sign(key, MESSAGE.possession);
}

/** What a caller sends to be told the names. Another message than the public proof, so that this one can't be replayed. */
export function requestNames(key: string): Promise<string> {
  return sign(key, MESSAGE.request);
}

export function proveNames(key: string): Promise<string> {
  return sign(key, MESSAGE.names);
}

/** Whether an `Authorization` header proves the key, compared in constant time by the platform's own `verify`. */
export async function provesNames(key: string, authorization: string | null): Promise<boolean> {
  const proof = /^Proof ([0-9a-f]{64})$/.exec(authorization ?? "")?.[1];
  if (proof === undefined) return false;
  const bytes = Uint8Array.from(proof.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  return crypto.subtle.verify(
    "HMAC",
    await importKey(key, "verify"),
    bytes,
    new TextEncoder().encode(MESSAGE.request),
  );
}

async function sign(key: string, message: string): Promise<string> {
  const mac = await crypto.subtle.sign(
    "HMAC",
    await importKey(key, "sign"),
    new TextEncoder().encode(message),
  );
  return [...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function importKey(key: string, usage: "sign" | "verify") {
  if (key.length < SHORTEST_KEY)
    throw new Error(`PROOF_KEY has to be generated, with ${SHORTEST_KEY} characters or more`);
  return crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(key),
    { name: "HMAC", hash: "SHA-256" },
    false,
    [usage],
  );
}
