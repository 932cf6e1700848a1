/** Raised for text that is not base64. */
export class Base64Error extends Error {
  override readonly name = "Base64Error";
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values = new Map([...alphabet].map((char, i) => [char, i]));

/** Encodes bytes in standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/**
 * Decodes standard base64. Unlike `Buffer`, it refuses what does not belong there, and says where; line breaks are
 * skipped.
 */
export function decodeBase64(text: string): Uint8Array {
  let clean = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (isBreak(char)) continue;
    if (char === "=") {
      checkPadding(text, i, clean.length % 4);
      return Buffer.from(clean, "base64");
    }
    if (!values.has(char)) throw illegal(i);
    clean += char;
  }
  if (clean.length % 4 !== 0) throw illegal(text.length - (clean.length % 4));
  return Buffer.from(clean, "base64");
}

/** Padding fills the last group of four, and nothing follows it. `filled` is what the group holds already. */
function checkPadding(text: string, at: number, filled: number): void {
  if (filled < 2) throw illegal(at);
  let next = skipBreaks(text, at + 1);
  if (filled === 2) {
    if (next === text.length) throw illegal(next);
    if (text.charAt(next) !== "=") throw illegal(next - 1);
    next = skipBreaks(text, next + 1);
  }
  if (next < text.length) throw illegal(next);
}

function skipBreaks(text: string, start: number): number {
  let at = start;
  while (at < text.length && isBreak(text.charAt(at))) at++;
  return at;
}

function isBreak(char: string): boolean {
  return char === "\n" || char === "\r";
}

function illegal(at: number): Base64Error {
  return new Base64Error(`illegal base64 data at input byte ${at}`);
}
