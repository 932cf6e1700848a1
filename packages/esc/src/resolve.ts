import type { Accessor } from "./access.ts";
import { missingTerm } from "./declare.ts";
import { evaluateImport } from "./imports.ts";
import { type Accept, anything, memberSchema } from "./schema/accept.ts";
import { record, type Schema } from "./schema/schema.ts";
import { report, reportAccessor, type Scope } from "./scope.ts";
import { didYouMean } from "./suggest.ts";
import { type BoundAccessor, newTerm, type Term } from "./terms.ts";
import { quote } from "./text-of-value.ts";
import { copyValue, Value } from "./values.ts";

/**
 * Resolves a reference. The result is a copy, because the value of a term is merged with what the term overrides,
 * and is said to be defined by the referring term, so that faults are reported there.
 */
export function evaluateReference(
  scope: Scope,
  term: Term,
  access: readonly BoundAccessor[],
  accept: Accept,
): Value {
  const found = new Resolver(scope, term).resolve(access, accept);
  const copy = copyValue(found, (count) => scope.session.budget.spendValues(count));
  copy.definition = term;
  return copy;
}

/** Follows the steps of one reference. */
class Resolver {
  readonly #scope: Scope;
  readonly #term: Term;

  constructor(scope: Scope, term: Term) {
    this.#scope = scope;
    this.#term = term;
  }

  resolve(access: readonly BoundAccessor[], accept: Accept): Value {
    const [first, ...rest] = access;
    if (!first) return this.#unknown(true);
    if (first.accessor.kind !== "index") {
      const builtin = this.#reserved(first.accessor.key);
      if (builtin) {
        first.value = builtin;
        return this.#throughValue(builtin, rest);
      }
      if (first.accessor.key === "environments") return this.#throughEnvironment(access);
    }
    return this.#throughTerms(access, accept);
  }

  #reserved(key: string): Value | undefined {
    if (key === "imports") return this.#scope.imports;
    return key === "context" ? this.#scope.context : undefined;
  }

  /** Follows steps through terms, without evaluating the lists and objects on the way: only the end is needed. */
  #throughTerms(access: readonly BoundAccessor[], accept: Accept): Value {
    let receiver = this.#scope.root;
    for (let i = 0; i < access.length; ) {
      const step = access[i];
      if (!step || !receiver) return this.#invalid(access.slice(i));
      const { body, base } = receiver as Term;
      let next: Term | undefined;
      if (body.kind === "array") {
        const index = this.#index(step.accessor, body.elements.length);
        if (index === undefined) return this.#invalid(access.slice(i));
        next = body.elements[index];
      } else if (body.kind === "object") {
        const key = this.#key(step.accessor);
        if (key === undefined) return this.#invalid(access.slice(i));
        next = body.properties.get(key);
        if (!next) {
          if (base?.isObject()) return this.#throughValue(base, access.slice(i));
          this.#unknownProperty(step.accessor, key, body.properties.keys());
          return this.#invalid(access.slice(i));
        }
      } else if (body.kind === "ciphertext") {
        // The reference looks for the secret's text in the document, where a stored one has none.
        report(this.#scope, this.#term.at, "internal error: no receiver");
        return this.#invalid(access.slice(i));
      } else {
        return this.#throughValue(this.#scope.evaluate(receiver as Term, accept), access.slice(i));
      }
      if (!next) return this.#invalid(access.slice(i));
      step.value = new Value(next, next.schema, { base: next.base });
      receiver = next;
      i++;
    }
    return receiver ? this.#scope.evaluate(receiver, anything) : this.#unknown(true);
  }

  /** Follows steps through a value. */
  #throughValue(start: Value, access: readonly BoundAccessor[]): Value {
    let receiver = start;
    for (const [i, step] of access.entries()) {
      const rest = access.slice(i);
      if (receiver.unknown) return this.#throughUnknown(receiver.schema, rest);
      const { content } = receiver;
      let next: Value | undefined;
      if (Array.isArray(content)) {
        const index = this.#index(step.accessor, content.length);
        next = index === undefined ? undefined : content[index];
      } else if (content instanceof Map) {
        const key = this.#key(step.accessor);
        if (key === undefined) return this.#invalid(rest);
        next = content.get(key) ?? (receiver.base && receiver.layers.findKnown(key));
        if (!next) {
          if (receiver.base?.isObject()) return this.#throughValue(receiver.base, rest);
          this.#unknownProperty(step.accessor, key, content.keys());
        }
      } else {
        this.#fault(step.accessor, "receiver must be an array or an object");
      }
      if (!next) return this.#invalid(rest);
      step.value = next;
      receiver = next;
    }
    return receiver;
  }

  /** Follows steps through what is known only by its schema. */
  #throughUnknown(start: Schema, access: readonly BoundAccessor[]): Value {
    let schema = start;
    let value = this.#unknown(schema);
    for (const [i, step] of access.entries()) {
      if (schema !== true) {
        const member = this.#memberSchema(schema, step.accessor);
        if (member === undefined) return this.#invalid(access.slice(i));
        schema = member;
      }
      value = this.#unknown(schema);
      step.value = value;
    }
    return value;
  }

  #memberSchema(schema: Schema, accessor: Accessor): Schema | undefined {
    const type = typeof schema === "object" ? schema.type : "";
    if (typeof schema === "object" && type === "array") {
      const bound = schema.items === false ? (schema.prefixItems?.length ?? 0) : undefined;
      const index = this.#index(accessor, bound);
      return index === undefined ? undefined : memberSchema(schema, index);
    }
    if (type === "object") {
      const key = this.#key(accessor);
      return key === undefined ? undefined : memberSchema(schema, key);
    }
    this.#fault(accessor, "receiver must be an array or an object");
    return undefined;
  }

  /** `environments.project.name.path`: an import at the place where it is needed. */
  #throughEnvironment(access: readonly BoundAccessor[]): Value {
    const [, projectStep, nameStep] = access;
    if (!projectStep || !nameStep) return this.#invalid(access);
    const project = this.#key(projectStep.accessor);
    const name = this.#key(nameStep.accessor);
    if (project === undefined || name === undefined) return this.#invalid(access);

    const imported =
      evaluateImport(this.#scope, this.#term.at, `${project}/${name}`) ??
      new Value(missingTerm(""), true, { unknown: true });
    let value = imported;
    for (const key of [name, project, "environments"]) {
      value = new Value(this.#term, record([[key, value.schema]]), { content: new Map([[key, value]]) });
    }
    return this.#throughValue(value, access);
  }

  #index(accessor: Accessor, length: number | undefined): number | undefined {
    if (accessor.kind !== "index") {
      this.#fault(accessor, "cannot access an array element using a property name");
      return undefined;
    }
    const { index } = accessor;
    if (index < 0) {
      this.#fault(accessor, "array indices must not be negative");
      return undefined;
    }
    if (length !== undefined && index >= length) {
      this.#fault(accessor, `array index ${index} out-of-bounds for array of length ${length}`);
      return undefined;
    }
    return index;
  }

  #key(accessor: Accessor): string | undefined {
    if (accessor.kind !== "index") return accessor.key;
    this.#fault(accessor, "cannot access an object property using an integer index");
    return undefined;
  }

  #unknownProperty(accessor: Accessor, key: string, known: Iterable<string>): void {
    this.#fault(accessor, `unknown property ${quote(key)}${didYouMean(key, known)}`);
  }

  #fault(accessor: Accessor, summary: string): void {
    reportAccessor(this.#scope, this.#term.at, accessor, summary);
  }

  /** Resolves all remaining steps to unknown values, after a fault. */
  #invalid(access: readonly BoundAccessor[]): Value {
    let value = this.#unknown(true);
    for (const step of access) {
      value = this.#unknown(true);
      step.value = value;
    }
    return value;
  }

  #unknown(schema: Schema): Value {
    const definition = newTerm("", this.#term.at, { kind: "literal", expression: undefined }, schema);
    definition.state = "done";
    return new Value(definition, schema, { unknown: true });
  }
}
