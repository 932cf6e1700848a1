import { answers, type Running } from "./running.ts";

/** How long a probe may take: much more than a busy machine needs, for nothing has answered for a while already. */
const PROBE_MS = 5000;

/**
 * Ends a workerd that hangs. All Workers in one share a thread, so an endless loop in one of them leaves every request
 * without an answer, for good. A request that has had none for `hangMs` is only a reason to look: what decides is
 * whether the router still answers.
 */
export class Watchdog {
  readonly #hangMs: number;
  readonly #end: (workerd: Running) => Promise<void>;
  readonly #looking = new Map<Running, Promise<boolean>>();
  readonly #hung = new WeakSet<Running>();

  constructor(hangMs: number, end: (workerd: Running) => Promise<void>) {
    this.#hangMs = hangMs;
    this.#end = end;
  }

  /** Watches one request until the returned call. */
  watch(workerd: Running): () => void {
    let timer: NodeJS.Timeout;
    let over = false;
    const arm = () => {
      if (over) return;
      timer = setTimeout(
        () => void this.#look(workerd).then((alive) => alive && arm()),
        this.#hangMs,
      ).unref();
    };
    arm();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }

  hung(workerd: Running): boolean {
    return this.#hung.has(workerd);
  }

  /** Once for all requests that wait. */
  #look(workerd: Running): Promise<boolean> {
    const looking =
      this.#looking.get(workerd) ??
      this.#check(workerd).finally(() => {
        this.#looking.delete(workerd);
      });
    this.#looking.set(workerd, looking);
    return looking;
  }

  async #check(workerd: Running): Promise<boolean> {
    if (await answers(workerd, PROBE_MS)) return true;
    this.#hung.add(workerd);
    await this.#end(workerd).catch(() => undefined);
    return false;
  }
}
