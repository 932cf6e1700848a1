import { type Diagnostic, diagnosticAt } from "../diagnostics.ts";
import { LimitError, limits } from "../limits.ts";
import { joinIndex, joinKey } from "../paths.ts";
import type { Term } from "../terms.ts";
import type { Schema } from "./schema.ts";

/**
 * Where to report that a value does not fit: the part of a literal that is at fault, or, for what a literal does not
 * define, the whole expression with the path to the part in front of the message.
 */
export interface Place {
  readonly term: Term;
  readonly path: string;
  readonly prefix: boolean;
}

/** The place of a whole value. */
export function placeOf(term: Term): Place {
  return { term, path: "", prefix: false };
}

/** The place of an element. */
export function elementPlace(place: Place, index: number): Place {
  const { body } = place.term;
  const element = body.kind === "array" ? body.elements[index] : undefined;
  return element ? placeOf(element) : { term: place.term, path: joinIndex(place.path, index), prefix: true };
}

/** The place of a property. What an object inherits is not looked through. */
export function propertyPlace(place: Place, key: string): Place {
  const { body } = place.term;
  const property = body.kind === "object" ? body.properties.get(key) : undefined;
  return property ? placeOf(property) : { term: place.term, path: joinKey(place.path, key), prefix: true };
}

/** Schemas within schemas that one comparison may go through. */
const deepest = 600;

/** The faults that one validation finds. */
export class Validation {
  readonly faults: Diagnostic[] = [];
  readonly #work: { steps: number; depth: number };

  constructor(parent?: Validation) {
    this.#work = parent ? parent.#work : { steps: 0, depth: 0 };
  }

  /** Runs one comparison, within bounds: a schema that refers to itself could be compared for ever. */
  step(run: () => boolean): boolean {
    const work = this.#work;
    if (++work.steps > limits.validationSteps || work.depth > deepest) {
      throw new LimitError("a schema needs too many steps to be checked");
    }
    work.depth++;
    try {
      return run();
    } finally {
      work.depth--;
    }
  }

  /** Reports a fault. Always false, so that checks can return it. */
  fail(place: Place, summary: string): false {
    const prefixed = place.prefix ? `${place.path}: ${summary}` : summary;
    this.faults.push(diagnosticAt(place.term.at, prefixed));
    return false;
  }

  /** Tries alternatives; at least one must hold. The faults of all are reported if none does. */
  some(
    place: Place,
    options: readonly Schema[] | undefined,
    attempt: (validation: Validation, option: Schema) => boolean,
    summary = "at least one subschema must match",
  ): boolean {
    if (!options || options.length === 0) return true;
    const faults: Diagnostic[] = [];
    let matched = false;
    for (const option of options) {
      const inner = new Validation(this);
      matched = attempt(inner, option) || matched;
      for (const fault of inner.faults) faults.push(fault);
    }
    if (matched) return true;
    for (const fault of faults) this.faults.push(fault);
    return this.fail(place, summary);
  }
}
