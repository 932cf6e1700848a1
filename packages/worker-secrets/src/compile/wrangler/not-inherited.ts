import type { JSONPath } from "jsonc-parser";
import { isObject } from "../../objects.ts";
import type { ParsedFile } from "../jsonc.ts";
import { isOwn, type Keys } from "./environments.ts";

/** Something of the top level that the applied `env` block does not have, and that wrangler does not bring down to it. */
export interface NotInherited {
  /** The key of the wrangler file: `vars`, `kv_namespaces`, `queues.consumers`. */
  readonly key: string;
  /** The name that it declares, or the key itself where it declares none (`tail_consumers`). */
  readonly name: string;
  /** Where the top level has it. */
  readonly where: string;
}

interface Item extends Pick<NotInherited, "key" | "name"> {
  readonly path: JSONPath;
}

/**
 * What a block lacks of the top level. wrangler warns of a key that is missing as a whole; here each name counts, since a
 * block with one of two secrets is a Worker without the other. A name counts as present whatever the block binds by it.
 * Which keys are concerned: wrangler 4.164, the `notInheritable` fields of `normalizeAndValidateEnvironment`.
 */
export function notInherited(file: ParsedFile, whole: Keys, environment: string | undefined): NotInherited[] {
  if (environment === undefined || !isObject(whole.env)) return [];
  const { env, ...top } = whole;
  const block = env[environment];
  const present = new Set(isObject(block) ? itemsOf(block).map(({ name }) => name) : []);
  return itemsOf(top)
    .filter(({ name }) => !present.has(name))
    .map(({ key, name, path }) => ({ key, name, where: file.where(path) }));
}

function itemsOf(keys: Keys): Item[] {
  return Object.entries(keys)
    .filter(([key]) => isOwn(key))
    .flatMap(([key, value]) => itemsOfKey(key, value));
}

function itemsOfKey(key: string, value: unknown): Item[] {
  if (isEmpty(value)) return [];
  if (key === "vars") return entries(key, value, (name) => name);
  if (key === "define") return entries(key, value, (name) => `define.${name}`);
  if (key === "secrets")
    return isObject(value) ? listed("secrets.required", ["secrets", "required"], value.required) : [];
  if (key === "durable_objects")
    return isObject(value) ? listed("durable_objects", ["durable_objects", "bindings"], value.bindings) : [];
  if (key === "queues" && isObject(value))
    return [
      ...listed("queues.producers", ["queues", "producers"], value.producers),
      // The queue of another environment has another name, so the consumers count as one.
      ...(isEmpty(value.consumers) ? [] : [whole("queues.consumers", ["queues", "consumers"])]),
    ];
  return Array.isArray(value) ? listed(key, [key], value) : [single(key, value)];
}

function entries(key: string, value: unknown, nameOf: (name: string) => string): Item[] {
  return isObject(value)
    ? Object.keys(value).map((name) => ({ key, name: nameOf(name), path: [key, name] }))
    : [];
}

/** The names of a list: texts, or objects with `binding` or `name`. A list of others counts as one, by its key. */
function listed(key: string, path: JSONPath, list: unknown): Item[] {
  if (!Array.isArray(list) || list.length === 0) return [];
  const names = list.map((item: unknown) => (typeof item === "string" ? item : nameOf(item)));
  if (names.every((name) => name === undefined)) return [whole(key, path)];
  return names.flatMap((name, index) => (name === undefined ? [] : [{ key, name, path: [...path, index] }]));
}

function single(key: string, value: unknown): Item {
  return { key, name: nameOf(value) ?? key, path: [key] };
}

function whole(key: string, path: JSONPath): Item {
  return { key, name: key, path };
}

function nameOf(item: unknown): string | undefined {
  if (!isObject(item)) return undefined;
  const name = item.binding ?? item.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}
