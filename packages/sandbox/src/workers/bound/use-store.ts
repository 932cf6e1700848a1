/** Uses one store's binding, and gives the workerd back afterwards. */
export type UseStore<T> = <R>(work: (store: T) => Promise<R>) => Promise<R>;
