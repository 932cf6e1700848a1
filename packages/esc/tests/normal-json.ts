/**
 * JSON without nulls, which the wire form leaves out, and without empty names of environments: Go's decoder cannot
 * tell either from absence, and the goldens have some without.
 */
export function normal(data: unknown): unknown {
  return data === undefined ? undefined : prune(JSON.parse(JSON.stringify(data)));
}

function prune(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(prune);
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data)
      .filter(([key, value]) => value !== null && !(key === "environment" && value === ""))
      .map(([key, value]) => [key, prune(value)]),
  );
}
