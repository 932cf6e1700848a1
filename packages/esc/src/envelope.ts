import { crc32 } from "node:zlib";

/**
 * The envelope of a stored secret: `escx`, a version, the ciphertext and a checksum of all that, numbers with the
 * highest byte first. It tells a stored secret from text that a person has written.
 */
const magic = new TextEncoder().encode("escx");
const version = 1;
const headLength = 8;
const checksumLength = 4;
const shortest = 16;

/** Raised for bytes that are not an envelope. */
export class EnvelopeError extends Error {
  override readonly name = "EnvelopeError";
}

/** Puts the envelope around a ciphertext. */
export function wrap(ciphertext: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headLength + ciphertext.length + checksumLength);
  const view = new DataView(bytes.buffer);
  bytes.set(magic, 0);
  view.setUint32(magic.length, version);
  bytes.set(ciphertext, headLength);
  const end = headLength + ciphertext.length;
  view.setUint32(end, crc32(bytes.subarray(0, end)));
  return bytes;
}

/** Takes the ciphertext out of its envelope. Throws an {@link EnvelopeError} if there is none. */
export function unwrap(bytes: Uint8Array): Uint8Array {
  if (bytes.length < shortest) throw new EnvelopeError("EOF");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - checksumLength;
  if (magic.some((byte, i) => bytes[i] !== byte)) throw new EnvelopeError("invalid header");
  if (view.getUint32(end) !== crc32(bytes.subarray(0, end))) throw new EnvelopeError("invalid checksum");
  if (view.getUint32(magic.length) !== version) throw new EnvelopeError("unsupported version");
  return bytes.subarray(headLength, end);
}
