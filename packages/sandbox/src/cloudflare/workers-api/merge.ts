import { isObject } from "../../objects.ts";
import type { Json } from "../../store/store.ts";

/** `changes` over `base`, as deep as both are objects; a null leaves what is there. */
export function merged(base: Json, changes: Json): Json {
  if (changes === null) return base;
  return combine(base, changes, (before, change) => merged(before, change));
}

/** A JSON merge patch (RFC 7396): null takes a member away. */
export function patched(base: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const whole = combine(isObject(base) ? base : {}, patch, (before, change) => patched(before, change));
  return Object.fromEntries(Object.entries(whole as object).filter(([key]) => patch[key] !== null));
}

function combine(base: Json, changes: Json, deeper: (base: Json, change: Json) => Json): Json {
  if (!isObject(base) || !isObject(changes)) return changes;
  const entries = Object.entries(changes).map(([key, change]) => [key, deeper(base[key] ?? null, change)]);
  return { ...base, ...Object.fromEntries(entries) };
}
