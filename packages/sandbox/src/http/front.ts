import type { Hono } from "hono";
import { isLoopbackHost } from "./guard.ts";
import { limitHeaders, type RateLimit, rateLimiter, type Verdict } from "./rate-limit.ts";
import { json } from "./route.ts";

export interface Halves {
  readonly pulumi: Hono;
  readonly cloudflare: Hono;
}

export interface FrontOptions {
  /** For each token and each half by itself. Without it, nobody is slowed down. */
  readonly rateLimit?: RateLimit;
}

/** Cloudflare's API lives below this path, as the real one does. */
const CLOUDFLARE = "/client/v4";

/** Characters of path and query. The longest that clients send are the Pulumi half's, with a few names in them. */
const MAX_URL = 8192;

/**
 * What stands before both APIs on one port: the `Host` check, the limits, and the choice of the half by the path.
 * Repeated slashes are one: the ESC SDK sends `…/open//<id>`.
 */
export function front(
  { pulumi, cloudflare }: Halves,
  { rateLimit }: FrontOptions = {},
): (request: Request) => Response | Promise<Response> {
  const limited = rateLimit === undefined ? undefined : limiter(rateLimit);
  return (request) => {
    if (!isLoopbackHost(request.headers.get("host"))) {
      return json(421, { code: 421, message: "the sandbox only answers to 127.0.0.1 and localhost" });
    }
    const url = new URL(request.url);
    const path = url.pathname.replace(/\/{2,}/g, "/");
    const half = path === CLOUDFLARE || path.startsWith(`${CLOUDFLARE}/`) ? "cloudflare" : "pulumi";
    if (path.length + url.search.length > MAX_URL) return refusal(half, 414, 7003, "URI Too Long");
    const clean = path === url.pathname ? request : new Request(new URL(path + url.search, url), request);
    const app = half === "cloudflare" ? cloudflare : pulumi;
    return limited === undefined ? app.fetch(clean) : limited(half, clean, () => app.fetch(clean));
  };
}

type Half = keyof Halves;

function limiter(limit: RateLimit) {
  const take = rateLimiter(limit);
  return async (
    half: Half,
    request: Request,
    pass: () => Response | Promise<Response>,
  ): Promise<Response> => {
    const verdict = take(`${half} ${request.headers.get("authorization") ?? ""}`);
    const response = verdict.allowed ? await pass() : tooMany(half);
    for (const [name, value] of Object.entries(headersOf(half, limit, verdict)))
      response.headers.set(name, value);
    return response;
  };
}

/** Pulumi Cloud says when to come back, and nothing of how much is left. */
function headersOf(half: Half, limit: RateLimit, verdict: Verdict): Record<string, string> {
  const { "retry-after": retryAfter, ...more } = limitHeaders(limit, verdict);
  return {
    ...(half === "cloudflare" ? more : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
  };
}

function tooMany(half: Half): Response {
  return half === "cloudflare"
    ? refusal(half, 429, 971, "Please wait and consider throttling your request speed")
    : refusal(half, 429, 429, "Too Many Requests: the sandbox was started with a rate limit");
}

/** In the form of the half that was asked; `code` is Cloudflare's own, Pulumi's is always the status. */
function refusal(half: Half, status: number, code: number, message: string): Response {
  if (half === "pulumi") return json(status, { code: status, message });
  return json(status, { success: false, errors: [{ code, message }], messages: [], result: null });
}
