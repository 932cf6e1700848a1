/**
 * Runs `work` on each item, at most `most` at a time, and gives what became of each, in the items' order. For what has a
 * cost at the other end: connections, processes.
 */
export async function settleBounded<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = new Array(items.length);
  const waiting = items.entries();
  const lane = async () => {
    for (const [index, item] of waiting) {
      [results[index]] = (await Promise.allSettled([work(item)])) as [PromiseSettledResult<R>];
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return results;
}
