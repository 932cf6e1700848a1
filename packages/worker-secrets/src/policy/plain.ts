import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../objects.ts";
import { type Resource, unknown, type Value } from "./rule.ts";

/**
 * A resource's inputs as plain data. @pulumi/policy throws where a value is read that is not known yet, and would leave the
 * whole rule out of the preview for it: here that one value alone is `unknown`.
 */
export async function plainInputs(props: Readonly<Record<string, unknown>>): Promise<Resource["inputs"]> {
  const entries = Object.keys(props).map(async (key) => [key, await plain(() => props[key])] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function plain(read: () => unknown): Promise<Value> {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    // The class is not exported for use; only it has this member.
    if (error instanceof Error && "unknownTypeSentinel" in error) return unknown;
    throw error;
  }
  if (value instanceof pulumi.asset.StringAsset) return await value.text;
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return Promise.all(Array.from({ length: list.length }, (_, i) => plain(() => list[i])));
  }
  if (isObject(value)) return plainInputs(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return null;
}
