import type { JSONPath } from "jsonc-parser";
import { isObject } from "../../objects.ts";
import type { KeyState } from "./key-states.ts";
import { BINDING_KEYS } from "./keys-bindings.ts";
import { SCRIPT_KEYS } from "./keys-script.ts";

/**
 * Every key of wrangler 4.164's config-schema.json but `env`, and what becomes of it: the refusals and docs/wrangler-keys.md come from
 * here. `[]` stands for an item of a list. What stands below a key without rows of its own shares its state. A test compares the table
 * with the schema file that the wrangler package ships. The shapes of the values are wrangler's to check.
 */
export const KEYS: Readonly<Record<string, KeyState>> = { ...SCRIPT_KEYS, ...BINDING_KEYS };

/** A key of a file that stops the stack. */
export interface RefusedKey {
  readonly path: JSONPath;
  readonly why: string;
  readonly fix: string;
}

/**
 * What of a file can't be translated. `newer`: keys of the project's wrangler that the table does not have, which may mean anything. A key
 * that wrangler does not know either is wrangler's to warn of.
 */
export function refusedKeys(
  value: unknown,
  newer: ReadonlySet<string>,
  path: JSONPath = [],
  name = "",
): RefusedKey[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => refusedKeys(item, newer, [...path, index], `${name}[]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]): RefusedKey[] => {
    const here = [...path, key];
    const row = name === "" ? key : `${name}.${key}`;
    const state = stateOf(row);
    if (state === undefined && newer.has(row) && !isEmpty(item)) return [{ path: here, ...NEWER }];
    if (state?.state === "translated") return refusedKeys(item, newer, here, row);
    if (state?.state !== "refused" || isEmpty(item)) return [];
    if (state.accepts.some((accepted) => JSON.stringify(accepted) === JSON.stringify(item))) return [];
    return [{ path: here, why: state.why, fix: state.fix }];
  });
}

const NEWER = {
  why: "the project's wrangler knows it, and this version of worker-secrets does not",
  fix: "Take it out, or install a newer worker-secrets.",
};

/** `hasOwn`, because a file may well have a key named `constructor`. */
function stateOf(row: string): KeyState | undefined {
  return Object.hasOwn(KEYS, row) ? KEYS[row] : undefined;
}

/** Whether a value says nothing, as in a file that a build tool wrote out in full. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

/** `["env", "prod", "kv_namespaces", 0, "id"]` → `env.prod.kv_namespaces[0].id`. */
export function keyName(path: JSONPath): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? key : `${name}.${key}`;
  }, "");
}

/** What of wrangler's keys the table does not have, neither by a row nor by a row above it. */
export function newerKeys(known: Iterable<string>): string[] {
  const withRows = new Set(Object.keys(KEYS).flatMap(above));
  return [...known].filter((key) => {
    if (Object.hasOwn(KEYS, key)) return false;
    const row = above(key).find((one) => Object.hasOwn(KEYS, one));
    return row === undefined || (KEYS[row]?.state === "translated" && withRows.has(row));
  });
}

/** What a key stands in, from the nearest on: `a[].b.c` → `a[].b`, `a[]`, `a`. */
function above(key: string): string[] {
  const at = Math.max(key.lastIndexOf("."), key.lastIndexOf("[]"));
  return at <= 0 ? [] : [key.slice(0, at), ...above(key.slice(0, at))];
}
