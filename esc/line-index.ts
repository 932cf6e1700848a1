import type { Position } from "./ranges.ts";
import { clusters, isAscii, utf8Length } from "./text-width.ts";

interface Line {
  readonly start: number;
  readonly startByte: number;
  readonly text: string;
  readonly ascii: boolean;
}

/** Finds lines, columns and bytes of a document for offsets into its text. */
export class LineIndex {
  readonly #lines: Line[] = [];

  constructor(text: string) {
    let start = 0;
    let startByte = 0;
    while (start <= text.length) {
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(start, end);
      const ascii = isAscii(line);
      this.#lines.push({ start, startByte, text: line, ascii });
      startByte += (ascii ? line.length : utf8Length(line)) + 1;
      start = end + 1;
    }
  }

  /** Line and column (in characters, both from 1) of an offset into the text. */
  lineAndColumn(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const found = this.#lines[low];
    if (!found) return { line: 1, column: 1 };
    // A byte order mark takes no column.
    const mark = found.text.startsWith("\ufeff") ? 1 : 0;
    const before = found.text.slice(mark, offset - found.start);
    return { line: low + 1, column: 1 + (found.ascii ? before.length : [...before].length) };
  }

  /** The position at a line and column; columns are counted as screen cells to find the byte. */
  position(line: number, column: number): Position {
    const found = this.#lines[line - 1];
    // The reference has no byte for positions on the last line, which holds nothing when the text ends in a newline.
    if (!found || line >= this.#lines.length) return { line, column, byte: 0 };
    if (found.ascii) return { line, column, byte: found.startByte + column - 1 };
    let byte = found.startByte;
    let cell = 1;
    for (const cluster of clusters(found.text)) {
      if (cell >= column) break;
      byte += cluster.bytes;
      cell += cluster.width;
    }
    return { line, column, byte };
  }

  /** The position of an offset into the text. */
  positionAt(offset: number): Position {
    const { line, column } = this.lineAndColumn(offset);
    return this.position(line, column);
  }
}
