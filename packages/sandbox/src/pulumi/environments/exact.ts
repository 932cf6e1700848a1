// TypeScript's library does not know these parts of JSON yet; every Node that can run this code has them.
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const exact = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): unknown;
};

/** Parses JSON so that numbers which JavaScript would change come out again digit by digit. */
export function parseExact(text: string): unknown {
  return exact.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source
      ? exact.rawJSON(source)
      : value,
  );
}
