import * as v from "valibot";
import type { ApiRequest } from "../../http/route.ts";
import { badRequest } from "../errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
};
const DEFAULT_MILLISECONDS = 2 * 3600e3;

/** A Go duration such as `2h0m0s`, in milliseconds. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    milliseconds += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return milliseconds;
}

/** How long an opened Environment stays open; some clients don't say. */
export function openDuration(request: ApiRequest): number {
  const text = request.query.get("duration") ?? "";
  if (text === "") return DEFAULT_MILLISECONDS;
  const duration = parseDuration(text);
  if (duration !== undefined && duration > 0) return duration;
  throw badRequest("Invalid 'duration' value: it must be a positive Go duration such as 2h30m");
}

const overridesSchema = v.record(v.string(), v.string());

/** `--override-env a=b`: imports to replace anywhere in the graph, as base64url of a JSON object. */
export function overrides(request: ApiRequest): Record<string, string> {
  const encoded = request.query.get("environmentOverrides") ?? "";
  if (encoded === "") return {};
  try {
    return v.parse(overridesSchema, JSON.parse(Buffer.from(encoded, "base64url").toString("utf8")));
  } catch {
    throw badRequest("Invalid 'environmentOverrides' value: it must be base64url of a JSON object of texts");
  }
}
