import * as v from "valibot";
import type { Json } from "../../store/store.ts";

/** What a version's code exports, by name: Worker entrypoints, or Durable Object classes and what becomes of them. */
export const Exports = v.record(
  v.string(),
  v.custom<Readonly<Record<string, Json>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "an export is an object",
  ),
);
