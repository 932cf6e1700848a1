import { LimitError, limits } from "./limits.ts";

/**
 * Stops a result that is too long as JSON, before anybody writes it: values, traces and schemas share their parts here, and JSON
 * repeats each of them. Each part is measured once.
 */
export function boundResult(result: object): void {
  if (lengthOf(result, new Map()) > limits.resultLength) {
    throw new LimitError(`the result is longer than ${limits.resultLength} characters`);
  }
}

/** About so many characters of JSON: escapes are not counted. */
function lengthOf(value: unknown, known: Map<object, number>): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  const measured = known.get(value);
  if (measured !== undefined) return measured;
  let length = 2;
  if (Array.isArray(value)) for (const element of value) length += lengthOf(element, known) + 1;
  else for (const [key, member] of Object.entries(value)) length += key.length + 4 + lengthOf(member, known);
  known.set(value, length);
  return length;
}
