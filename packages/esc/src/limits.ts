/**
 * Bounds on what one document and one evaluation may cost. The reference has none; a service that evaluates what
 * strangers send needs them. They are far above anything a person writes.
 */
export const limits = {
  /** Characters of one document. */
  documentLength: 1_048_576,
  /** Keys and values of one document, its anchors with them. A parser takes some kilobytes for each. */
  nodes: 100_000,
  /** Nesting of lists and objects in one document. */
  nesting: 200,
  /** References and imports that must be resolved to resolve one value. */
  referenceDepth: 300,
  /** Values made by one evaluation, copies made by references included. */
  values: 500_000,
  /** Characters of text made by one evaluation. */
  characters: 8_000_000,
  /** Characters of the result as JSON, in which traces repeat what they override. A text has at most 512 million. */
  resultLength: 256_000_000,
  /** Comparisons of a value with a schema in one validation; alternatives of alternatives multiply. */
  validationSteps: 200_000,
  /** Errors reported for one evaluation. */
  diagnostics: 1_000,
};

/** Raised when a bound is passed; evaluation turns it into a diagnostic. */
export class LimitError extends Error {
  override readonly name = "LimitError";
}

/** Counts what one evaluation makes, and stops it when that is too much. */
export class Budget {
  #values = limits.values;
  #characters = limits.characters;
  #depth = limits.referenceDepth;

  /** Accounts for new values. */
  spendValues(count: number): void {
    this.#values -= count;
    if (this.#values < 0) throw new LimitError(`the environment makes more than ${limits.values} values`);
  }

  /** Accounts for new text. */
  spendCharacters(count: number): void {
    this.#characters -= count;
    if (this.#characters < 0) {
      throw new LimitError(`the environment makes more than ${limits.characters} characters of text`);
    }
  }

  /** Runs one level of resolution within the bound on depth. */
  nested<T>(run: () => T): T {
    if (this.#depth <= 0) {
      throw new LimitError(`the environment needs more than ${limits.referenceDepth} levels of references`);
    }
    this.#depth--;
    try {
      return run();
    } finally {
      this.#depth++;
    }
  }
}
