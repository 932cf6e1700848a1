import type { Position } from "./ranges.ts";
import { clusters, isAscii, utf8Length } from "./text-width.ts";

interface Line {
  readonly start: number;
  readonly startByte: number;
  readonly text: string;
  readonly ascii: boolean;
  /** Of a line that is not ASCII, once it is asked for: a whole document may be one line, with a position for each node. */
  measures?: LineMeasures;
}

interface LineMeasures {
  /** Characters (code points) that begin before each offset into the line. */
  readonly characters: Uint32Array;
  /** The cell in which each cluster begins, and its byte within the line; last, where the line ends. */
  readonly cells: Uint32Array;
  readonly bytes: Uint32Array;
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
    const at = Math.min(Math.max(offset - found.start, mark), found.text.length);
    const before = found.ascii ? at : (measuresOf(found).characters[at] ?? 0) - mark;
    return { line: low + 1, column: 1 + before };
  }

  /** The position at a line and column; columns are counted as screen cells to find the byte. */
  position(line: number, column: number): Position {
    const found = this.#lines[line - 1];
    // The reference has no byte for positions on the last line, which holds nothing when the text ends in a newline.
    if (!found || line >= this.#lines.length) return { line, column, byte: 0 };
    if (found.ascii) return { line, column, byte: found.startByte + column - 1 };
    const { cells, bytes } = measuresOf(found);
    // The first cluster that does not begin before the column.
    let low = 0;
    let high = cells.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cells[middle] ?? 0) < column) low = middle + 1;
      else high = middle;
    }
    return { line, column, byte: found.startByte + (bytes[low] ?? 0) };
  }

  /** The position of an offset into the text. */
  positionAt(offset: number): Position {
    const { line, column } = this.lineAndColumn(offset);
    return this.position(line, column);
  }
}

function measuresOf(line: Line): LineMeasures {
  line.measures ??= measure(line.text);
  return line.measures;
}

function measure(text: string): LineMeasures {
  const characters = new Uint32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const inPair = i > 0 && isHigh(text.charCodeAt(i - 1)) && isLow(text.charCodeAt(i));
    characters[i + 1] = (characters[i] ?? 0) + (inPair ? 0 : 1);
  }
  const cells = [1];
  const bytes = [0];
  for (const cluster of clusters(text)) {
    cells.push((cells.at(-1) ?? 0) + cluster.width);
    bytes.push((bytes.at(-1) ?? 0) + cluster.bytes);
  }
  return { characters, cells: Uint32Array.from(cells), bytes: Uint32Array.from(bytes) };
}

const isHigh = (code: number) => code >= 0xd800 && code <= 0xdbff;
const isLow = (code: number) => code >= 0xdc00 && code <= 0xdfff;
