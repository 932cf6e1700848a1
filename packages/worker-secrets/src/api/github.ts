import * as v from "valibot";
import { FaultsError } from "../faults.ts";
import type { Credential } from "./credential.ts";
import { type Answer, endless, MOST_PAGES, parseJson, ServiceError, send, shaped } from "./http.ts";

/**
 * Reads of GitHub's REST API. Paths, fields and status codes: github/rest-api-description,
 * `descriptions/api.github.com/api.github.com.2022-11-28.yaml`, and docs.github.com/en/rest (seen 2026-12-01).
 */
export interface GitHubReader {
  /** `owner/name`. */
  readonly repository: string;
  /** One object; `path` is below the repository's own, such as `/environments/prod`. */
  one<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<GitHubRead<T>>;
  /** All pages of a list; `key` names the member that holds the rows, where the answer is an object. */
  all<T>(path: string, schema: v.GenericSchema<unknown, T>, key?: string): Promise<GitHubRead<readonly T[]>>;
}

/** What came of a read. A token without the right gets 403 or 404, by route; only the caller knows what its 404 means. */
export type GitHubRead<T> =
  | { readonly kind: "read"; readonly value: T }
  | { readonly kind: "missing"; readonly why: string }
  | { readonly kind: "unread"; readonly why: string };

/** What every call of GitHub's API sends. */
export function gitHubHeaders(token: Credential) {
  return {
    authorization: token,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "worker-secrets",
  };
}

/** GitHub's reason in an answer that refuses. */
export function gitHubReason({ text }: Answer): string {
  const said = v.safeParse(v.object({ message: v.string() }), parseJson(text));
  return said.success ? said.output.message.slice(0, 200) : "no reason given";
}

/**
 * A reader of one repository. What makes every further call useless (an invalid token, a used-up rate limit, no connection)
 * throws a `FaultsError`; an answer that is not GitHub's throws a `ServiceError`.
 */
export function gitHubReader(url: string, repository: string, token: Credential): GitHubReader {
  const get = async (path: string): Promise<GitHubRead<unknown>> => {
    const answer = await send({
      method: "GET",
      url: `${url}/repos/${repository}${path}`,
      headers: gitHubHeaders(token),
    }).catch((error: unknown) => {
      throw error instanceof ServiceError && error.status === 0 ? unreachable(url, error) : error;
    });
    return readOf(answer);
  };
  return {
    repository,
    async one(path, schema) {
      const found = await get(path);
      return found.kind === "read" ? { kind: "read", value: shaped(schema, found.value, "GitHub") } : found;
    },
    async all<T>(path: string, schema: v.GenericSchema<unknown, T>, key?: string) {
      const rows: T[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const found = await get(`${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`);
        if (found.kind !== "read") return found;
        const listed =
          key === undefined
            ? found.value
            : shaped(v.record(v.string(), v.unknown()), found.value, "GitHub")[key];
        const more = shaped(v.array(schema), listed, "GitHub");
        rows.push(...more);
        if (more.length < 100) return { kind: "read", value: rows } as const;
      }
      throw endless("GitHub", path);
    },
  };
}

function readOf(answer: Answer): GitHubRead<unknown> {
  const { status, call } = answer;
  const why = gitHubReason(answer);
  if (status === 401)
    throw new FaultsError([
      {
        where: "GITHUB_TOKEN",
        what: `GitHub does not accept it (401: ${why}); it is wrong, expired or revoked`,
        fix: "Set a valid one: GITHUB_TOKEN=$(gh auth token)",
      },
    ]);
  const limit = rateLimit(answer);
  if (limit !== undefined)
    throw new FaultsError([
      {
        where: "GitHub's API",
        what: `the rate limit of this token is used up (${status} to ${call})`,
        fix: `${limit}, run the same command again.`,
      },
    ]);
  if (status === 404) return { kind: "missing", why };
  if (status >= 300) return { kind: "unread", why: `GitHub answered ${status}: ${why}` };
  return { kind: "read", value: status === 204 ? {} : parseJson(answer.text) };
}

/**
 * When to come back; `undefined` where the answer is no rate limit's. The primary limit answers 403 or 429 with
 * `x-ratelimit-remaining: 0`, the secondary ones with `retry-after` (docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
function rateLimit({ status, headers }: Answer): string | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = headers.get("retry-after");
  if (after !== null && /^\d{1,6}$/.test(after)) return `After ${after} s`;
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
  if (headers.get("x-ratelimit-remaining") === "0" && reset < 1e11)
    return `After ${new Date(reset * 1000).toISOString()}`;
  return status === 429 ? "Later" : undefined;
}

function unreachable(url: string, { message }: ServiceError): FaultsError {
  return new FaultsError([
    {
      where: new URL(url).host,
      what: message,
      fix: "Check the network and GITHUB_API_URL, and run the same command again.",
    },
  ]);
}
