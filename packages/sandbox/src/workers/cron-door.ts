import type { CronOutcome } from "./runtime.ts";
import { type Refusal, text } from "./target.ts";

/** Both as `wrangler dev` has them: the older path, and the one that took its place. */
const PATHS = new Set(["/cdn-cgi/handler/scheduled", "/cdn-cgi/local/scheduled"]);

/** A request to fire a cron; `at` is nothing when it is now. */
export interface CronRequest {
  readonly cron: string | undefined;
  readonly at: Date | undefined;
  readonly asJson: boolean;
}

/** Reads `…/scheduled?cron=…&time=…&format=json`; `time` is in milliseconds. Nothing: another request. */
export function cronRequest(path: string): CronRequest | Refusal | undefined {
  const { pathname, searchParams } = new URL(`http://worker${path}`);
  if (!PATHS.has(pathname)) return undefined;
  const time = searchParams.get("time");
  if (time !== null && !/^\d{1,15}$/.test(time)) {
    return text(400, `time=${time} is not a Unix time in milliseconds\n`);
  }
  return {
    cron: searchParams.get("cron") ?? undefined,
    at: time === null ? undefined : new Date(Number(time)),
    asJson: searchParams.get("format") === "json",
  };
}

export function cronAnswer(result: CronOutcome, { asJson }: CronRequest): Refusal {
  const status = { ok: 200, exception: 500, "no-handler": 404, "not-deployed": 404 }[result.outcome];
  if (asJson) return { status, type: "application/json", body: JSON.stringify(result) };
  return text(status, result.outcome);
}
