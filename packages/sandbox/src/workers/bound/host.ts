import type { Lease, Running } from "../running.ts";

export interface Plan {
  readonly fingerprint: string;
}

interface Generation<R> {
  readonly running: R;
  readonly revision: number;
  users: number;
  /** Those of the users that are never cut off. */
  kept: number;
  /** Called when a user has gone. */
  released: (() => void) | undefined;
}

/**
 * Keeps one workerd running for the bound Workers. Their data may be open in one workerd only, so on a change the old
 * one ends before the new one starts. Requests that come in between wait; those under way finish first, but for ones
 * that take longer than `drainMs`, such as a WebSocket. What the API itself does with the data always finishes: a database
 * that is being deleted when a script changes would otherwise answer 500.
 */
export class BoundHost<P extends Plan, R extends Running> {
  readonly #start: (plan: P) => Promise<R>;
  readonly #drainMs: number;
  #plan: P | undefined;
  #revision = 0;
  #current: Generation<R> | undefined;
  #switching: Promise<void> | undefined;
  #closed = false;

  constructor(start: (plan: P) => Promise<R>, drainMs: number) {
    this.#start = start;
    this.#drainMs = drainMs;
  }

  /** From now on this is what runs, if anything does: a workerd that runs is replaced, and none is started. */
  change(plan: P): void {
    if (plan.fingerprint === this.#plan?.fingerprint) return;
    this.#plan = plan;
    this.#revision++;
    // Who waits for it is told why it does not start.
    if (this.#current !== undefined) void this.#switch().catch(() => undefined);
  }

  /** Waits for a workerd that knows every change so far. `keep`: it is not stopped before it was given back, however long that takes. */
  async lease({ keep = false } = {}): Promise<Lease<R>> {
    const revision = this.#revision;
    for (;;) {
      if (this.#closed) throw new Error("the sandbox is stopping");
      const generation = this.#current;
      if (generation !== undefined && generation.revision >= revision && !this.#isLeaving(generation)) {
        return this.#use(generation, keep);
      }
      await this.#switch();
    }
  }

  /** For one that hangs: it goes at once, with everything that waits for it. */
  async abandon(running: Running): Promise<void> {
    const generation = this.#current;
    if (generation?.running !== running) return;
    this.#current = undefined;
    await generation.running.stop().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#switching?.catch(() => undefined);
    await this.#current?.running.stop().catch(() => undefined);
    this.#current = undefined;
  }

  #leaving: Generation<R> | undefined;

  #isLeaving(generation: Generation<R>): boolean {
    return this.#leaving === generation;
  }

  #use(generation: Generation<R>, keep: boolean): Lease<R> {
    generation.users++;
    if (keep) generation.kept++;
    let released = false;
    return {
      workerd: generation.running,
      release: () => {
        if (released) return;
        released = true;
        generation.users--;
        if (keep) generation.kept--;
        generation.released?.();
      },
    };
  }

  #switch(): Promise<void> {
    this.#switching ??= this.#replace().finally(() => {
      this.#switching = undefined;
      // Whoever waited gets its turn before the next change is made.
      setImmediate(() => {
        const behind = this.#current !== undefined && this.#current.revision < this.#revision;
        if (behind && !this.#closed) void this.#switch().catch(() => undefined);
      });
    });
    return this.#switching;
  }

  async #replace(): Promise<void> {
    const old = this.#current;
    if (old !== undefined) {
      this.#leaving = old;
      await this.#drained(old);
      this.#current = undefined;
      this.#leaving = undefined;
      await old.running.stop().catch(() => undefined);
    }
    const plan = this.#plan;
    const revision = this.#revision;
    if (plan === undefined) throw new Error("no Worker with bindings is deployed");
    if (this.#closed) throw new Error("the sandbox is stopping");
    const running = await this.#start(plan);
    this.#current = { running, revision, users: 0, kept: 0, released: undefined };
  }

  async #drained(generation: Generation<R>): Promise<void> {
    if (generation.users === 0) return;
    await new Promise<void>((done) => {
      let late = false;
      const check = () => {
        if (generation.users > 0 && !(late && generation.kept === 0)) return;
        clearTimeout(timer);
        done();
      };
      const timer = setTimeout(() => {
        late = true;
        check();
      }, this.#drainMs);
      generation.released = check;
    });
  }
}
