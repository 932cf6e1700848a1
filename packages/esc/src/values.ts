import { Layers } from "./layers.ts";
import type { NumberText } from "./numbers.ts";
import type { Location } from "./ranges.ts";
import { memberSchema } from "./schema/accept.ts";
import { MergedSchema, schemaOf } from "./schema/merge.ts";
import type { Schema } from "./schema/schema.ts";
import { newTerm, type Term } from "./terms.ts";
import type { EscValue } from "./wire.ts";

/** What a value holds; an unknown value holds null, or text that says that it is unknown. */
export type Content = null | boolean | NumberText | string | Value[] | Map<string, Value>;

/** Layers to look through one by one; a longer stack has an index. */
const nearLayers = 8;

/** What distinguishes a new value from a known, public null. */
export interface ValueInit {
  content?: Content;
  base?: Value | undefined;
  unknown?: boolean;
  secret?: boolean;
  final?: boolean;
  rotateOnly?: boolean;
}

/**
 * The result of evaluating a term.
 *
 * A value may override a base, by the rules of JSON merge patch. The keys of an object are then its own and its
 * base's: look at them through {@link keys} and {@link property} and not through `content`.
 */
export class Value {
  definition: Term;
  content: Content;
  base: Value | undefined;
  unknown: boolean;
  secret: boolean;
  final: boolean;
  rotateOnly: boolean;
  /** The outward form, once it has been made. */
  exported: EscValue | undefined;
  #schema: Schema | MergedSchema;
  #layers: Layers | undefined;

  constructor(definition: Term, schema: Schema | MergedSchema, init: ValueInit = {}) {
    this.definition = definition;
    this.#schema = schema;
    this.content = init.content ?? null;
    this.base = init.base;
    this.unknown = init.unknown ?? false;
    this.secret = init.secret ?? false;
    this.final = init.final ?? false;
    this.rotateOnly = init.rotateOnly ?? false;
  }

  get schema(): Schema {
    return schemaOf(this.#schema);
  }

  /** A value that is the same but in what it holds and what it overrides. */
  shell(): Value {
    const { unknown, secret, final } = this;
    return new Value(this.definition, this.#schema, { unknown, secret, final });
  }

  /** What this object is made of, with what it overrides. Only for values that hold a map. */
  get layers(): Layers {
    this.#layers ??= new Layers(this);
    return this.#layers;
  }

  /** Whether the value is, or may turn out to be, an object. */
  isObject(): boolean {
    if (!this.unknown) return this.content instanceof Map;
    return this.schema === true || (typeof this.schema === "object" && this.schema.type === "object");
  }

  /** The keys of an object, inherited ones included, in order. */
  keys(): string[] {
    return this.content instanceof Map ? this.layers.keys() : [];
  }

  /** A property of the object or of what it overrides. One of an unknown value is itself unknown. */
  property(key: string, at: Location = this.definition.at): Value | undefined {
    let layer: Value | undefined = this;
    for (let depth = 1; layer?.content instanceof Map; depth++) {
      const own: Value | undefined = layer.content.get(key);
      if (own) return own;
      if (depth === nearLayers) {
        const { property, rest } = layer.layers.find(key);
        return property ?? rest?.property(key, at);
      }
      layer = layer.base;
    }
    return layer?.unknown ? layer.#unknownProperty(key, at) : undefined;
  }

  #unknownProperty(key: string, at: Location): Value {
    const schema = memberSchema(this.schema, key);
    const base = this.base?.property(key, at);
    const definition = newTerm("", at, { kind: "property", receiver: this, key }, schema, base);
    definition.state = "done";
    return new Value(definition, schema, { base, unknown: true });
  }

  /** Whether this value, or anything inside it, satisfies the test. */
  contains(test: (value: Value) => boolean): boolean {
    if (test(this)) return true;
    if (Array.isArray(this.content)) return this.content.some((element) => element.contains(test));
    return this.keys().some((key) => this.property(key)?.contains(test));
  }

  get containsUnknowns(): boolean {
    return this.contains((value) => value.unknown);
  }

  get containsSecrets(): boolean {
    return this.contains((value) => value.secret);
  }

  /**
   * Takes over unknownness and secretness of what this value is computed from. Looking into this value settles the
   * keys of the objects in it: what `fn::final` and `fn::validate` return inherits no keys, as in the reference.
   */
  combine(...sources: Value[]): void {
    for (const source of sources) {
      this.unknown = this.containsUnknowns || source.containsUnknowns;
      this.secret = this.containsSecrets || source.containsSecrets;
    }
  }

  /** Lays this value over a base. This changes the value: merge a copy of one that is used elsewhere. */
  merge(base: Value | undefined): void {
    if (!base || sameValue(this, base)) return;
    if (this.base) {
      this.base.merge(base);
    } else {
      this.base = base;
      this.#layers?.changed();
    }
    const under = this.base;
    if (this.content instanceof Map) {
      for (const [key, property] of this.content) property.merge(under.property(key, property.definition.at));
    }
    this.#schema = new MergedSchema(under.#schema, this.#schema);
  }
}

/** Two unknown properties with the same name of the same value are one. */
function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [a.definition.body, b.definition.body];
  if (!a.unknown || !b.unknown || x.kind !== "property" || y.kind !== "property") return false;
  return x.key === y.key && sameValue(x.receiver, y.receiver);
}

/** Orders keys by code point, as the reference does, and not by UTF-16 unit. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    return rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
  }
  return a.length - b.length;
}

/** Surrogates stand for the highest code points. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Copies a value with all that is inside and under it; what is shared stays shared. */
export function copyValue(
  value: Value,
  count: (values: number) => void,
  memo = new Map<Value, Value>(),
): Value {
  const known = memo.get(value);
  if (known) return known;
  count(1);
  const copy = value.shell();
  memo.set(value, copy);
  const { content } = value;
  if (Array.isArray(content)) {
    copy.content = content.map((element) => copyValue(element, count, memo));
  } else if (content instanceof Map) {
    copy.content = new Map([...content].map(([key, property]) => [key, copyValue(property, count, memo)]));
  } else {
    copy.content = content;
  }
  if (value.base) copy.base = copyValue(value.base, count, memo);
  return copy;
}
