import { oneLine, visible, visibleIn, visibleJson } from "../../visible.ts";

/**
 * The one way to print: whatever a name, a service's answer or a tool's output holds, no control character reaches the terminal,
 * and no line can be taken for a command by a CI runner. `tools/lint/one-writer.grit` refuses any other way.
 */

/** A text of ours, which may have several lines, or lines: a line end within one of these comes from elsewhere. */
type Lines = string | readonly string[];

/** Prints lines on standard output: a command's result. */
export function print(lines: Lines): void {
  process.stdout.write(`${shown(lines)}\n`);
}

/** Resolves when standard output has taken all that was printed. */
export function printed(): Promise<void> {
  return new Promise((resolve) => void process.stdout.write("", () => resolve()));
}

/** Prints lines on standard error: progress, and what is wrong. Standard output holds the result alone. */
export function note(lines: Lines): void {
  process.stderr.write(`${shown(lines)}\n`);
}

/** Prints one JSON object for a program that reads it, on a line. What is hidden in its texts is written as an escape. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${visibleJson(visibleIn(value))}\n`);
}

/** Prints opened values as JSON: exactly the same values, escaped where they would not be seen. */
export function printValues(value: unknown): void {
  process.stdout.write(`${visibleJson(value, 2)}\n`);
}

/** Prints lines on a stream that a command was given. */
export function printOn(out: NodeJS.WritableStream, text: string): void {
  out.write(`${visible(text)}\n`);
}

/** Replaces the terminal's last line by `text`; without a text, clears it. */
export function rewriteLine(out: NodeJS.WritableStream, text = ""): void {
  out.write(`\r\x1b[2K${visible(text)}`);
}

function shown(lines: Lines): string {
  return typeof lines === "string"
    ? visible(lines)
    : lines.map((line) => oneLine(line, Number.POSITIVE_INFINITY)).join("\n");
}
