import * as v from "valibot";
import type { Json } from "../jsonc.ts";

/** The shapes of values that the keys of a wrangler file have. Messages are made where the place is known. */
export const text = v.pipe(v.string(), v.nonEmpty("is empty"));
export const flag = v.boolean();
export const amount = v.pipe(v.number(), v.finite("is not a finite number"));
export const texts = v.array(text);
/** Text that may be empty: a name of the file's own choice maps to it. */
export const named = v.record(v.string(), v.string());
export const rate = v.pipe(amount, v.minValue(0, "is below 0"), v.maxValue(1, "is over 1"));

export const json = v.custom<Json>(
  isJson,
  "is not JSON: only texts, finite numbers, true, false, null, lists and objects are (put a date in quotes)",
);

export function oneOf<const Options extends readonly string[]>(...options: Options) {
  return v.picklist(options);
}

/** A key with a short form, which is a text, and a long one. Not a union, whose issues don't say what is wrong inside. */
export function textOr<S extends v.GenericSchema>(long: S) {
  return v.lazy(
    (input): v.GenericSchema<unknown, string | v.InferOutput<S>> =>
      (typeof input === "string" ? v.string() : long) as v.GenericSchema<unknown, string | v.InferOutput<S>>,
  );
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  // A date of a TOML file is an object of its own class.
  return typeof value === "object" && isPlain(value) && Object.values(value).every(isJson);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
