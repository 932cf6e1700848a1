import { BadBody, BodyTooLarge, type HalfAnswers, json } from "../http/route.ts";
import { DiskRefused } from "../store/disk.ts";

export interface ApiError {
  readonly code: number;
  readonly message: string;
  readonly error_chain?: readonly ApiError[];
}

/** An answer other than success. Its texts may be shown and logged anywhere: they never hold a secret. */
export class ApiFault extends Error {
  readonly status: number;
  readonly errors: readonly ApiError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errors: readonly ApiError[], headers: Readonly<Record<string, string>> = {}) {
    super(errors.map(({ code, message }) => `${code}: ${message}`).join("; "));
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export function fault(status: number, code: number, message: string): ApiFault {
  return new ApiFault(status, [{ code, message }]);
}

export interface Paging {
  readonly page: number;
  readonly per_page: number;
  readonly count: number;
  readonly total_count: number;
  readonly total_pages: number;
}

/** A list that goes on with a cursor. Empty: that was the last of it. */
export interface CursorPaging {
  readonly count: number;
  readonly cursor: string;
  readonly per_page?: number;
  readonly is_truncated?: boolean;
}

export interface Extras {
  readonly messages?: readonly { readonly code: number; readonly message: string; readonly type: null }[];
  readonly result_info?: Paging | CursorPaging;
}

/** Clients go by the status (Go, SDK) or by `success` (wrangler): both are always set, and always agree. */
export function success(result: unknown, extras: Extras = {}): Response {
  return json(200, { success: true, errors: [], messages: [], result, ...extras });
}

export function created(result: unknown): Response {
  return json(201, { success: true, errors: [], messages: [], result });
}

/** Taken, and not done yet. */
export function accepted(result: unknown): Response {
  return json(202, { success: true, errors: [], messages: [], result });
}

/** A list, a page of it at a time. wrangler goes on while `page * per_page < total_count`. */
export function listing(items: readonly unknown[], query: URLSearchParams, perPage = 20): Response {
  const page = positive(query.get("page"), 1);
  const size = Math.min(positive(query.get("per_page"), perPage), 1000);
  const shown = items.slice((page - 1) * size, page * size);
  const pages = Math.ceil(items.length / size);
  return success(shown, {
    result_info: {
      page,
      per_page: size,
      count: shown.length,
      total_count: items.length,
      total_pages: pages,
    },
  });
}

function failure({ status, errors, headers }: ApiFault): Response {
  return json(status, { success: false, errors, messages: [], result: null }, headers);
}

/** Both answer at once what the Go client would otherwise ask again for minutes, as it does on any 5xx. */
const FINAL = { "x-should-retry": "false" };

/** A part of Cloudflare's API that this sandbox knows of, and does not have. */
export function notInTheSandbox(what: string): ApiFault {
  return new ApiFault(501, [{ code: 10013, message: `Not in the sandbox: ${what}.` }], FINAL);
}

export function answers(report: (error: unknown) => void): HalfAnswers {
  return {
    notFound: () => failure(fault(404, 7000, "No route for that URI")),
    fault(error) {
      if (error instanceof ApiFault) return failure(error);
      if (error instanceof BodyTooLarge)
        return failure(fault(413, 10027, `Request entity is too large: ${error.message}`));
      if (error instanceof BadBody)
        return failure(fault(400, 10026, `Could not read the request: ${error.message}`));
      if (error instanceof DiskRefused) {
        report(`sandbox: ${error.message}`);
        const message = `Insufficient storage: ${error.message}`;
        return failure(new ApiFault(507, [{ code: 10013, message }], FINAL));
      }
      // What went wrong may name a secret, so it goes to the sandbox's own log and not to the client.
      report(error);
      return failure(new ApiFault(500, [{ code: 10013, message: "An unknown error has occurred." }], FINAL));
    },
  };
}

function positive(text: string | null, otherwise: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}
