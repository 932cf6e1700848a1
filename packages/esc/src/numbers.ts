/**
 * A number that a JavaScript `number` would change: too long, or written in a way that text output must keep
 * (`1.10`). It is what `JSON.rawJSON` makes, so `JSON.stringify` writes it digit by digit.
 */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** A number inside the evaluator: its text, so that no digit is lost between input and output. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

// TypeScript's library does not know JSON.rawJSON yet; every Node that can run this code has it.
const json = JSON as typeof JSON & { rawJSON(text: string): ExactNumber };

/** The outward form of a number: a plain `number` if that prints the same, else an {@link ExactNumber}. */
export function toWireNumber(text: string): number | ExactNumber {
  const number = Number(text);
  return String(number) === text ? number : json.rawJSON(text);
}

/** True if the outward value is an {@link ExactNumber}. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return (
    typeof value === "object" && value !== null && "rawJSON" in value && Object.getPrototypeOf(value) === null
  );
}

/** The text of an outward number. */
export function wireNumberText(value: number | ExactNumber): string {
  return typeof value === "number" ? String(value) : value.rawJSON;
}

/** Formats a float as the reference does (Go's shortest `%g`): with an exponent below 1e-4 and from 1e+06 on. */
export function formatFloat(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  const digits = String(Math.abs(power)).padStart(2, "0");
  return `${mantissa}e${power < 0 ? "-" : "+"}${digits}`;
}
