import { pMapSettled } from "p-map";
import { type Fault, FaultsError, refuseIfAny } from "../faults.ts";

/**
 * Runs `work` on each item, at most `most` at a time, and gives the results by item. Throws one `FaultsError` with the
 * faults of all of them; any other error as it is.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<ReadonlyMap<T, R>> {
  const results = await pMapSettled(items, async (item) => [item, await work(item)] as const, {
    concurrency: most,
  });
  const faults: Fault[] = [];
  const found = results.flatMap((result) => {
    if (result.status === "fulfilled") return [result.value];
    if (!(result.reason instanceof FaultsError)) throw result.reason;
    faults.push(...result.reason.faults);
    return [];
  });
  refuseIfAny(faults);
  return new Map(found);
}
