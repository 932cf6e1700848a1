import { ordinal } from "../../store/store.ts";
import type { PulumiHalf } from "../context.ts";
import { type Stack, stacks, type Update, updates } from "./records.ts";

/** Reads and writes of the single records of the state half. */

export function putStack({ store }: PulumiHalf, stack: Stack): void {
  store.put(stacks, [stack.organization, stack.project, stack.name], stack);
}

export function putUpdate({ store }: PulumiHalf, stack: Stack, update: Update): void {
  store.put(updates, [stack.id, update.id], update);
}

export function lastUpdate({ store }: PulumiHalf, stack: Stack): Update | undefined {
  return stack.lastUpdate === undefined ? undefined : store.get(updates, [stack.id, stack.lastUpdate]);
}

export function versionKey(stack: Stack, version: number): [string, string] {
  return [stack.id, ordinal(version)];
}

export function stackScope(stack: Stack): string {
  return `stack/${stack.id}`;
}
