import * as v from "valibot";
import type { Json } from "../../store/store.ts";
import { notInTheSandbox } from "../envelope.ts";

/** What a version's code exports, by name: Worker entrypoints, or Durable Object classes and what becomes of them. */
export const Exports = v.record(
  v.string(),
  v.custom<Readonly<Record<string, Json>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "an export is an object",
  ),
);

/** Classes that are declared rather than migrated to. Without saying so an upload would end in 10061 for its binding. */
export function refuseDurableExports(exports: v.InferOutput<typeof Exports> | null | undefined): void {
  const classes = Object.entries(exports ?? {}).filter(([, { type }]) => type === "durable-object");
  if (classes.length === 0) return;
  const names = classes.map(([name]) => name).join(", ");
  throw notInTheSandbox(`Durable Object classes declared in exports (${names}); use migrations for them`);
}
