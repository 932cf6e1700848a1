import { createHash } from "node:crypto";

/** How many requests one token may send within a window, which begins with its first request. */
export interface RateLimit {
  /** Requests per window. */
  readonly requests: number;
  /** Length of the window. */
  readonly seconds: number;
}

export interface Verdict {
  readonly allowed: boolean;
  /** What is left of this window. */
  readonly remaining: number;
  /** Whole seconds until the window ends, at least 1. */
  readonly resetIn: number;
}

/** Counts the requests of each caller by itself. A window begins with the caller's first request. */
export type RateLimiter = (caller: string) => Verdict;

/** More callers than that, and those whose windows have ended are forgotten. */
const REMEMBERED = 1000;

/** No digest: the key of those whom there is no room for. */
const OTHERS = "others";

/** `now` in milliseconds. */
export function rateLimiter({ requests, seconds }: RateLimit, now: () => number = Date.now): RateLimiter {
  const windows = new Map<string, { used: number; readonly end: number }>();
  return (caller) => {
    const time = now();
    // Not by the token itself: it is a secret, and may be of any length.
    const own = createHash("sha256").update(caller).digest("base64");
    if (windows.size >= REMEMBERED && !windows.has(own)) forgetEnded(windows, time);
    // Nobody has so many tokens: whoever there is no room for shares a window with the others of that kind.
    const key = windows.size >= REMEMBERED && !windows.has(own) ? OTHERS : own;
    let window = windows.get(key);
    if (window === undefined || window.end <= time) {
      window = { used: 0, end: time + seconds * 1000 };
      windows.set(key, window);
    }
    window.used++;
    return {
      allowed: window.used <= requests,
      remaining: Math.max(0, requests - window.used),
      resetIn: Math.max(1, Math.ceil((window.end - time) / 1000)),
    };
  };
}

function forgetEnded(windows: Map<string, { readonly end: number }>, time: number): void {
  for (const [key, { end }] of windows) if (end <= time) windows.delete(key);
}

/** The headers that Cloudflare sends with every answer, and the wait on a refused one. */
export function limitHeaders({ requests, seconds }: RateLimit, verdict: Verdict): Record<string, string> {
  return {
    ratelimit: `"default";r=${verdict.remaining};t=${verdict.resetIn}`,
    "ratelimit-policy": `"default";q=${requests};w=${seconds}`,
    ...(verdict.allowed ? {} : { "retry-after": String(verdict.resetIn) }),
  };
}

/** Reads `N` or `N/SECONDS`; a minute unless said otherwise. `undefined`: it is neither. */
export function parseRateLimit(text: string): RateLimit | undefined {
  const found = /^([1-9]\d{0,5})(?:\/([1-9]\d{0,4}))?$/.exec(text);
  if (found === null) return undefined;
  return { requests: Number(found[1]), seconds: Number(found[2] ?? 60) };
}
