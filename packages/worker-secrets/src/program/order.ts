/** One Worker and the other Workers of the stack that it binds, by name. */
export interface Dependent {
  readonly name: string;
  readonly needs: readonly string[];
}

export type Order<T> =
  | { readonly kind: "ordered"; readonly order: readonly T[]; readonly ignored: readonly Edge[] }
  /** These wait for each other, and none of them exists yet. */
  | { readonly kind: "circle"; readonly names: readonly string[] };

export interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * Workers in the order of their deployment: what is bound comes before what binds it, since the API refuses a binding
 * to a script that is not there. Where Workers bind each other in a circle, an edge to one that exists already is let
 * go (`ignored`).
 */
export function deploymentOrder<T extends Dependent>(
  workers: readonly T[],
  exists: (name: string) => boolean,
): Order<T> {
  const ignored: Edge[] = [];
  const order: T[] = [];
  const rest = new Map(workers.map((worker) => [worker.name, worker]));
  const waitsFor = ({ name, needs }: T) =>
    needs.filter(
      (need) =>
        need !== name && rest.has(need) && !ignored.some(({ from, to }) => from === name && to === need),
    );
  while (rest.size > 0) {
    const ready = [...rest.values()].filter((worker) => waitsFor(worker).length === 0);
    for (const worker of ready) {
      rest.delete(worker.name);
      order.push(worker);
    }
    if (ready.length > 0) continue;
    const edge = [...rest.values()]
      .flatMap((worker) => waitsFor(worker).map((to) => ({ from: worker.name, to })))
      .find(({ to }) => exists(to));
    if (edge === undefined) return { kind: "circle", names: [...rest.keys()].sort() };
    ignored.push(edge);
  }
  return { kind: "ordered", order, ignored };
}
