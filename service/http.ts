import { setTimeout as sleep } from "node:timers/promises";
import { worldFault } from "./worlds.ts";

/** A remote API said no, or could not be reached. Its message is the service's own and holds no secret of ours. */
export class ServiceError extends Error {
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  /** The service's own code: Cloudflare's 10007, Pulumi Cloud's 404. 0 when it gave none. */
  readonly code: number;

  constructor(message: string, status: number, code: number) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
    this.code = code;
  }
}

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether sending it twice does no harm. Default: only for GET, PUT and DELETE. */
  readonly repeatable?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const ATTEMPTS = 4;
const ATTEMPT_MS = 30_000;
const LONGEST_WAIT_MS = 30_000;

let interrupted: AbortSignal | undefined;

/**
 * From when `signal` is aborted, this process's calls end at once where nothing is lost by it: reads, and the waits before
 * another attempt. A write that is on its way is waited for, so that it is known what came of it.
 */
export function endReadsOn(signal: AbortSignal): void {
  interrupted = signal;
}

/**
 * Sends a call with bounded time per attempt. Repeatable ones are repeated on 429, 5xx and lost connections, with
 * jittered back-off from 0.5 s, honouring `Retry-After` (seconds or a date) up to 30 s. Other answers come back as they are.
 * A call that would take a token of one world to the other is not sent; whoever calls has said so better by then.
 */
export async function send(call: Call): Promise<Answer> {
  const repeatable =
    call.repeatable ?? (call.method === "GET" || call.method === "PUT" || call.method === "DELETE");
  const stop = call.method === "GET" ? interrupted : undefined;
  const token = /^(?:Bearer|token) (.+)$/.exec(call.headers?.authorization ?? "")?.[1] ?? "";
  const otherWorld = worldFault(token, call.url);
  if (otherWorld !== undefined) throw new ServiceError(`the token was not sent: ${otherWorld}`, 0, 0);
  for (let attempt = 1; ; attempt++) {
    stop?.throwIfAborted();
    const last = attempt === ATTEMPTS || !repeatable;
    let wait = 500 * 2 ** (attempt - 1) * (0.5 + Math.random());
    try {
      const response = await fetch(call.url, {
        method: call.method,
        headers: { ...call.headers },
        ...(call.body === undefined ? {} : { body: call.body }),
        redirect: "error", // a redirect could carry the token to another host
        signal: AbortSignal.any([AbortSignal.timeout(ATTEMPT_MS), ...(stop === undefined ? [] : [stop])]),
      });
      const text = await response.text();
      const busy = response.status === 429 || response.status >= 500;
      if (!busy || last) return { status: response.status, headers: response.headers, text };
      wait = retryAfter(response.headers.get("retry-after"), Date.now()) ?? wait;
    } catch (error) {
      stop?.throwIfAborted();
      if (last) throw new ServiceError(`${call.method} ${call.url} got no answer: ${cause(error)}`, 0, 0);
    }
    await sleep(
      Math.min(wait, LONGEST_WAIT_MS),
      undefined,
      interrupted === undefined ? {} : { signal: interrupted },
    );
  }
}

/** Milliseconds to wait, from a `Retry-After` header in either of its forms. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function cause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `nothing within ${ATTEMPT_MS / 1000} s`;
  const inner = error.cause;
  if (inner instanceof Error) return "code" in inner ? String(inner.code) : inner.message;
  return error.message;
}

/** The JSON of an answer's text, `undefined` where it is none: a proxy on the way may answer anything. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
