import { isExactNumber } from "./numbers.ts";

/**
 * Text that may hold bytes that are no UTF-8, as the reference's strings may. Such a byte is kept as the lone
 * surrogate U+DC80 to U+DCFF: nothing else makes these, because YAML refuses them and JSON replaces them.
 */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch {
    return withLooseBytes(bytes);
  }
}

/** The bytes of a text, with those that are no UTF-8. */
export function bytesOfText(text: string): Uint8Array {
  if (text.isWellFormed()) return new TextEncoder().encode(text);
  const parts = [...text].map((char) => {
    const byte = looseByte(char);
    return byte === undefined ? new TextEncoder().encode(char) : Uint8Array.of(byte);
  });
  return Uint8Array.from(Buffer.concat(parts));
}

/** The byte that a character stands for, if it is none of a text. */
export function looseByte(char: string): number | undefined {
  const code = char.codePointAt(0) ?? 0;
  return code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : undefined;
}

/** Text put together of pieces: bytes that were loose in them may form a character together. */
export function joinedText(text: string): string {
  return text.isWellFormed() ? text : textOfBytes(bytesOfText(text));
}

/** Each byte that starts no character is loose; a character is read strictly, without overlong forms. */
function withLooseBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const size = sizeOf(bytes[at] ?? 0);
    try {
      text += decoder.decode(bytes.subarray(at, at + size));
      at += size;
    } catch {
      text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at++;
    }
  }
  return text;
}

/** How many bytes a character has that starts with this one. */
function sizeOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** The same data as JSON can show it: loose bytes become U+FFFD, as in the reference's own JSON. */
export function showable<T>(data: T): T {
  return show(data, new Map()) as T;
}

function show(data: unknown, known: Map<object, unknown>): unknown {
  if (typeof data === "string") return data.toWellFormed();
  if (typeof data !== "object" || data === null || isExactNumber(data)) return data;
  const before = known.get(data);
  if (before !== undefined) return before;
  const shown: unknown = Array.isArray(data)
    ? data.map((element) => show(element, known))
    : Object.fromEntries(Object.entries(data).map(([key, member]) => [key, show(member, known)]));
  known.set(data, shown);
  return shown;
}
