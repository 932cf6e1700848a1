/**
 * A state as two replayers may print it: without its manifest, which says who wrote it and when; without the members that
 * Go leaves out when they are empty; and with its pending operations in one order, which the engine's replayer leaves to
 * chance. The order of resources and of what they refer to stays.
 */
export function inNormalForm(state: unknown): unknown {
  const { deployment, features, version } = state as {
    deployment: Record<string, unknown>;
    features?: readonly string[];
    version: number;
  };
  const { manifest: _, pending_operations: pending, ...rest } = deployment;
  const operations = ((pending ?? []) as unknown[]).map((one) => JSON.stringify(sorted(one))).sort();
  return sorted({ version, features: features ?? [], deployment: { ...rest, pending: operations } });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([name, item]) => [name, sorted(item)] as const)
    .filter(([, item]) => !isEmpty(item));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  if (value === false || value === "" || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
