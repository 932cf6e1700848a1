/** How much of the screen and of the file a string takes; ranges count columns in the first and bytes in the second. */

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** True if every character is one byte and one column. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The number of bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) length += 1;
    else if (code < 0x800) length += 2;
    // Half of a surrogate pair: the pair is four bytes.
    else if (code >= 0xd800 && code <= 0xdfff) length += 2;
    else length += 3;
  }
  return length;
}

/** The number of columns of the text in a monospaced font. */
export function displayWidth(text: string): number {
  if (isAscii(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The clusters of a line, each with its width and its length in bytes. */
export function* clusters(text: string): Generator<{ width: number; bytes: number }> {
  for (const { segment } of graphemes.segment(text)) {
    yield { width: graphemeWidth(segment), bytes: utf8Length(segment) };
  }
}

function graphemeWidth(cluster: string): number {
  const code = cluster.codePointAt(0) ?? 0;
  if (code === 0xfeff) return 0;
  return wideBlocks.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Blocks of East Asian wide characters and of emoji. */
const wideBlocks: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
