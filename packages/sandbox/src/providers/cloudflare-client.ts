import { isObject } from "../objects.ts";
import { type HttpRequest, type HttpResponse, pause, reasonOf, send } from "./http.ts";
import type { Properties, Value } from "./properties.ts";

export interface CloudflareOptions {
  /** With `/client/v4`. */
  readonly baseUrl: string;
  /** Without one the calls go out without credentials, as the real plugin's do. */
  readonly token: string | undefined;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** For tests: the first pause before a repetition. */
  readonly retryMs?: number;
}

export interface CallOptions {
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the provider's own. */
  readonly token?: string;
}

/** An answer ≥ 400, in the words of the provider's Go client. The body is in it: an API must not repeat a secret there. */
export class CloudflareError extends Error {
  readonly status: number;

  constructor(method: string, url: string, response: HttpResponse) {
    const text = response.body.toString("utf8").trim();
    super(
      `failed to make http request: ${method} "${url}": ${response.status} ${response.statusText} ${text}`,
    );
    this.status = response.status;
  }
}

/** 2 repetitions, 0.5 s and 1 s apart, after 408, 409, 429, 5xx or a broken connection; `Retry-After` counts instead, uncapped. */
const RETRIES = 2;
const LONGEST_PAUSE_MS = 8_000;

export class CloudflareClient {
  readonly #options: CloudflareOptions;

  constructor(options: CloudflareOptions) {
    this.#options = options;
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<HttpResponse> {
    const { baseUrl, userAgent, signal } = this.#options;
    const token = options.token ?? this.#options.token;
    const url = `${baseUrl.replace(/\/+$/, "")}/${path}`;
    const headers: Record<string, string> = {
      accept: options.accept ?? "application/json",
      "user-agent": userAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(options.contentType === undefined ? {} : { "content-type": options.contentType }),
      ...options.headers,
    };
    for (let attempt = 0; ; attempt += 1) {
      const request: HttpRequest = {
        method,
        url,
        headers: { ...headers, "x-stainless-retry-count": String(attempt) },
        ...(options.body === undefined ? {} : { body: options.body }),
      };
      const last = attempt >= RETRIES || signal.aborted;
      try {
        const response = await send(request, signal);
        if (!last && isWorthRepeating(response)) {
          await pause(this.#pauseAfter(attempt, response.headers), signal);
          continue;
        }
        if (response.status >= 400) throw new CloudflareError(method, url, response);
        return response;
      } catch (error) {
        if (error instanceof CloudflareError) throw error;
        if (last || signal.aborted) {
          throw new Error(`failed to make http request: ${method} "${url}": ${reasonOf(error)}`, {
            cause: error,
          });
        }
        await pause(this.#pauseAfter(attempt), signal);
      }
    }
  }

  /** The member `result` of the answer. */
  async result(method: string, path: string, options: CallOptions = {}): Promise<Properties> {
    return resultOf(await this.call(method, path, options));
  }

  #pauseAfter(attempt: number, headers?: Headers): number {
    const milliseconds = Number(headers?.get("retry-after-ms") || Number.NaN);
    if (milliseconds >= 0) return milliseconds;
    const after = headers?.get("retry-after");
    if (after) {
      const seconds = Number(after);
      const pauseMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - Date.now();
      if (pauseMs >= 0) return pauseMs;
    }
    const longest = Math.min((this.#options.retryMs ?? 500) * 2 ** attempt, LONGEST_PAUSE_MS);
    return longest * (1 - Math.random() / 4);
  }
}

function isWorthRepeating({ status, headers }: HttpResponse): boolean {
  const told = headers.get("x-should-retry");
  if (told === "true") return true;
  if (told === "false") return false;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** The member `result` of an answer, as an object. */
export function resultOf(response: HttpResponse): Properties {
  const result = resultValue(response);
  return isObject(result) ? result : {};
}

/** The member `result` of an answer, whatever it is. */
export function resultValue(response: HttpResponse): Value {
  let parsed: Value;
  try {
    parsed = JSON.parse(response.body.toString("utf8")) as Value;
  } catch {
    throw new Error("failed to deserialize http request: the answer is not JSON");
  }
  return isObject(parsed) ? (parsed.result ?? null) : null;
}
