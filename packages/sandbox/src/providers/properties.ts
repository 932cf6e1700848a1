import { readFileSync } from "node:fs";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { isObject } from "../objects.ts";
import { SECRET, SIGNATURE } from "../secret-signature.ts";
import { fileAt } from "./place.ts";

type Struct = InstanceType<typeof structPb.Struct>;

/** What travels in the engine's property maps: JSON, with a few marked objects and one marked string in it. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type Properties = { readonly [key: string]: Value };

/** Stands for a value that is known only after another resource is made. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** `isObject` where its argument is passed on: a filter of values. */
export function isProperties(value: Value | undefined): value is Properties {
  return isObject(value);
}

export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function secret(value: Value): Value {
  return isObject(value) && value[SIGNATURE] === SECRET ? value : { [SIGNATURE]: SECRET, value };
}

/** Takes secrets and outputs off, at every depth. A missing value of an output is an unknown one. */
export function plain(value: Value): Value {
  if (isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  switch (value[SIGNATURE]) {
    case undefined:
      return plainProperties(value);
    case SECRET:
      return plain(value.value ?? null);
    case OUTPUT:
      return plain(value.value ?? UNKNOWN);
    case RESOURCE:
      return plain(value.id ?? UNKNOWN);
    case ASSET:
      return textOf(value);
    case ARCHIVE:
      throw new Error("archives are not in the stand-in");
    default:
      throw new Error("a value of a kind that is not in the stand-in");
  }
}

/** The one use of assets here is the definition of an Environment: a text, or a file with one. */
function textOf({ text, path }: Properties): string {
  if (typeof text === "string" && text !== "") return text;
  if (typeof path === "string" && path !== "") return readFileSync(fileAt(path), "utf8");
  if (typeof text === "string") return text;
  throw new Error("assets that are neither a text nor a file are not in the stand-in");
}

export function plainProperties(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value)]));
}

/** Without what is null: to the engine a null and a missing property are the same, and it shows nulls as changes. */
export function withoutNulls(properties: Properties): Properties {
  const clean = (value: Value): Value => {
    if (isArray(value)) return value.map(clean);
    return isObject(value) ? withoutNulls(value) : value;
  };
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, clean(value)]),
  );
}

/** Equal whatever the order of keys; null and missing are the same. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

/** A text that is the same for equal values; also the order in which the members of a set are compared. */
export function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((key) => value[key] !== null)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join()}}`;
}

export function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

export function toStruct(properties: Properties): Struct {
  return structPb.Struct.fromJavaScript(properties as Parameters<typeof structPb.Struct.fromJavaScript>[0]);
}
