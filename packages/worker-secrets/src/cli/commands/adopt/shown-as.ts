/** One form of each value, whatever the order of its keys. */
export function shownAs(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shownAs).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => `${key}: ${shownAs(one)}`)
      .join(", ")}}`;
  return typeof value === "string" ? value : String(JSON.stringify(value));
}

/** `maxRetries` → `max_retries`, the keys of all that is inside too. */
export function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(one),
    ]),
  );
}
