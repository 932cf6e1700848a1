import { LimitError, limits } from "./limits.ts";
import { compareKeys, type Value } from "./values.ts";

/** A run of layers in one map: by name, the property of the topmost layer that has it. */
type Run = ReadonlyMap<string, Value>;

/** Where the properties of a stack of layers are. */
interface Index {
  /** From the top down. Their sizes grow, so that there are few. */
  readonly runs: readonly Run[];
  /** What lies below the last layer that is an object. */
  readonly rest: Value | undefined;
  /** Whether every one of these layers is known: references may then pass through all of them. */
  readonly known: boolean;
}

/** The stack that starts with one object value and goes down through what it overrides, as far as that is an object. */
export class Layers {
  readonly #top: Value;
  #keys: string[] | undefined;
  /** Set once the keys are final, with the layers below that had a part in them. */
  #settled: { readonly below: Layers | undefined } | undefined;
  #index: Index | undefined;
  /** Those whose index was made from this one's. */
  readonly #above = new Set<Layers>();

  constructor(top: Value) {
    this.#top = top;
  }

  /** All keys, in order. They stay as they were first asked for, but none are no answer: the reference looks again. */
  keys(): string[] {
    if (this.#keys) return this.#keys;
    this.#settle();
    if (!this.#settled) return [];
    const names = new Set<string>();
    for (let layer: Layers | undefined = this; layer; layer = layer.#settled?.below) {
      for (const key of layer.#keys ?? contentOf(layer.#top)?.keys() ?? []) names.add(key);
      if (layer.#keys) break;
    }
    this.#keys = [...names].toSorted(compareKeys);
    return this.#keys;
  }

  /** The property, or else what is below all layers and may have it. */
  find(key: string): { readonly property: Value | undefined; readonly rest: Value | undefined } {
    const { runs, rest } = this.#indexed();
    return { property: lookUp(runs, key), rest };
  }

  /** The property, if no layer is unknown. */
  findKnown(key: string): Value | undefined {
    const { runs, known } = this.#indexed();
    return known ? lookUp(runs, key) : undefined;
  }

  /** Forgets where properties are, because the value now overrides something else. */
  changed(): void {
    const stale: Layers[] = [this];
    for (let layers = stale.pop(); layers; layers = stale.pop()) {
      layers.#index = undefined;
      for (const above of layers.#above) stale.push(above);
      layers.#above.clear();
    }
  }

  /** Asking for the keys settles those of all layers below, too. */
  #settle(): void {
    for (const layers of this.#fromBelow((at) => at.#settled !== undefined)) {
      const under = below(layers.#top);
      const settled = under && under.#settled !== undefined ? under : undefined;
      if (settled || contentOf(layers.#top)?.size) layers.#settled = { below: settled };
    }
  }

  /** These layers and those below, the lowest first, without the ones that are done and what is below them. */
  #fromBelow(done: (layers: Layers) => boolean): Layers[] {
    const found: Layers[] = [];
    for (let next: Layers | undefined = this; next && !done(next); next = below(next.#top)) {
      found.push(next);
      // Merging can tie a value into its own stack.
      if (found.length > limits.values) throw new LimitError("the environment is nested too deeply");
    }
    return found.reverse();
  }

  #indexed(): Index {
    for (const layers of this.#fromBelow((at) => at.#index !== undefined))
      layers.#index = layers.#makeIndex();
    return this.#index ?? this.#makeIndex();
  }

  /** The index of the layers below must have been made. */
  #makeIndex(): Index {
    const { base, unknown } = this.#top;
    const own: Run = contentOf(this.#top) ?? new Map();
    const under = below(this.#top);
    if (under === undefined || under.#index === undefined)
      return { runs: [own], rest: base, known: !unknown };
    under.#above.add(this);
    const { runs, rest, known } = under.#index;
    return { runs: stacked(own, runs), rest, known: known && !unknown };
  }
}

function contentOf({ content }: Value): ReadonlyMap<string, Value> | undefined {
  return content instanceof Map ? content : undefined;
}

function below({ base }: Value): Layers | undefined {
  return base?.content instanceof Map ? base.layers : undefined;
}

/**
 * Puts a run on top of others and joins it with those that are not larger, so that a stack of n layers has about
 * log n runs and each property is moved about log n times while the stack grows.
 */
function stacked(top: Run, runs: readonly Run[]): Run[] {
  let joined = top;
  let from = 0;
  for (let next = runs[from]; next && joined.size >= next.size; next = runs[from]) {
    const both = new Map(next);
    for (const [key, property] of joined) both.set(key, property);
    joined = both;
    from++;
  }
  return [joined, ...runs.slice(from)];
}

function lookUp(runs: readonly Run[], key: string): Value | undefined {
  for (const run of runs) {
    const property = run.get(key);
    if (property) return property;
  }
  return undefined;
}
