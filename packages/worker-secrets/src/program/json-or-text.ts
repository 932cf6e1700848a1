/** A config value as it was meant: structured ones come as JSON, whatever else is a text. */
export function jsonOrText(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}
