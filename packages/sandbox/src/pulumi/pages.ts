import type { ApiRequest } from "../http/route.ts";
import { badRequest } from "./errors.ts";
import { wholeNumber } from "./input.ts";

/** How long a page is where the request does not say, and at most; without them there is no bound. */
export interface PageLimits {
  readonly usual?: number;
  readonly most?: number;
}

/**
 * The part of a list that a request asks for by `maxResults` and `continuationToken`, and the token of the next part:
 * the place where it begins.
 */
export function pageOf<T>(
  request: ApiRequest,
  all: readonly T[],
  { usual = all.length, most = Number.POSITIVE_INFINITY }: PageLimits = {},
): { readonly page: readonly T[]; readonly next?: string } {
  const count = wholeNumber(request, "maxResults") || usual;
  if (count > most) throw badRequest(`Invalid 'maxResults' value: it must be at most ${most}`);
  const from = wholeNumber(request, "continuationToken") ?? 0;
  const end = from + count;
  return { page: all.slice(from, end), ...(end < all.length ? { next: String(end) } : {}) };
}
