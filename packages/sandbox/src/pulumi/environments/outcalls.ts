import type { EscValue } from "@worker-secrets/esc";

/** One call of an adapter, known in full before it is made. */
export interface Outcall {
  readonly url: string;
  readonly body: string;
  readonly rootEnvironment: string;
  readonly currentEnvironment: string;
}

/** What a call brought: the adapter's JSON, or why there is none. */
export type Outcome = { readonly json: unknown } | { readonly error: string };

/** Makes one call. It does not throw: what goes wrong is the outcome. */
export type Caller = (call: Outcall) => Promise<Outcome>;

const MOST_ROUNDS = 20;
const MOST_CALLS = 100;

/**
 * Calls for an evaluator that can't wait. A call is only noted the first time, and its value is a fault; once the
 * round is over the noted calls are made, and the evaluation is run again with what they brought. Rounds follow
 * until none is noted, so calls may feed each other. Each is made once, however many rounds there are.
 */
export class Outcalls {
  readonly #done = new Map<string, Outcome>();
  readonly #noted = new Map<string, Outcall>();
  readonly #seen = new Map<string, number>();

  /** The value of a call, made from the adapter's JSON. Throws the call's fault, or that it is still to be made. */
  value(call: Outcall, read: (json: unknown) => EscValue): EscValue {
    const same = JSON.stringify([call.currentEnvironment, call.url, call.body]);
    // Equal calls at two places of a definition are two calls; the evaluator's order tells them apart.
    const nth = this.#seen.get(same) ?? 0;
    this.#seen.set(same, nth + 1);
    const key = `${nth} ${same}`;
    const outcome = this.#done.get(key);
    if (outcome === undefined) {
      this.#noted.set(key, call);
      throw new Error("the call is still to be made");
    }
    if ("error" in outcome) throw new Error(outcome.error);
    return read(outcome.json);
  }

  /** Evaluates round after round until no call is missing. */
  async settle<T>(evaluate: () => T, caller: Caller): Promise<T> {
    for (let round = 0; ; round++) {
      this.#seen.clear();
      const result = evaluate();
      if (this.#noted.size === 0) return result;
      const noted = [...this.#noted];
      this.#noted.clear();
      const tooMany = round >= MOST_ROUNDS || this.#done.size + noted.length > MOST_CALLS;
      const outcomes = await Promise.all(
        noted.map(async ([key, call]): Promise<[string, Outcome]> => {
          const refused = {
            error: `external: more than ${MOST_CALLS} calls, or ${MOST_ROUNDS} one after another`,
          };
          return [key, tooMany ? refused : await caller(call)];
        }),
      );
      for (const [key, outcome] of outcomes) this.#done.set(key, outcome);
      if (round > MOST_ROUNDS + 1) return result;
    }
  }
}
