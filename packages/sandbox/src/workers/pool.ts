import type { Lease, Running } from "./running.ts";
import type { Workerd } from "./workerd.ts";

interface Generation {
  readonly workerd: Workerd;
  users: number;
  retired: boolean;
}

/**
 * Keeps one workerd running. The Worker Loader never lets go of an isolate (2 MB each), so after `retireAfter` of them
 * a fresh workerd takes over for new requests, and the old one ends with its last request: nothing is dropped.
 */
export class WorkerdPool {
  readonly #start: () => Promise<Workerd>;
  readonly #retireAfter: number;
  readonly #alive = new Set<Generation>();
  #current: Promise<Generation> | undefined;
  #replacing: Promise<void> | undefined;
  #closed = false;

  constructor(start: () => Promise<Workerd>, retireAfter: number) {
    this.#start = start;
    this.#retireAfter = retireAfter;
  }

  async lease(): Promise<Lease<Workerd>> {
    if (this.#closed) throw new Error("the sandbox is stopping");
    this.#current ??= this.#launch().catch((error: unknown) => {
      // The next caller tries again.
      this.#current = undefined;
      throw error;
    });
    const generation = await this.#current;
    generation.users++;
    if (generation.workerd.isolates() >= this.#retireAfter) this.#replace(generation);
    let released = false;
    return {
      workerd: generation.workerd,
      release: () => {
        if (released) return;
        released = true;
        generation.users--;
        this.#endIfIdle(generation);
      },
    };
  }

  /** For one that hangs: it goes at once, with everything that waits for it. */
  async abandon(workerd: Running): Promise<void> {
    const generation = [...this.#alive].find((one) => one.workerd === workerd);
    if (generation === undefined) return;
    if ((await this.#current?.catch(() => undefined)) === generation) this.#current = undefined;
    await this.#end(generation);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#current?.catch(() => undefined);
    await this.#replacing;
    await Promise.all([...this.#alive].map((generation) => this.#end(generation)));
  }

  async #launch(): Promise<Generation> {
    const generation = { workerd: await this.#start(), users: 0, retired: false };
    this.#alive.add(generation);
    return generation;
  }

  #replace(old: Generation): void {
    this.#replacing ??= this.#launch()
      .then((fresh) => {
        this.#current = Promise.resolve(fresh);
        old.retired = true;
        this.#endIfIdle(old);
      })
      // The old one goes on serving; the next lease tries again.
      .catch(() => undefined)
      .finally(() => {
        this.#replacing = undefined;
      });
  }

  #endIfIdle(generation: Generation): void {
    if (generation.retired && generation.users === 0) void this.#end(generation);
  }

  async #end(generation: Generation): Promise<void> {
    if (!this.#alive.delete(generation)) return;
    await generation.workerd.stop().catch(() => undefined);
  }
}
