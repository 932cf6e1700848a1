import * as v from "valibot";
import { request } from "./cloudflare.ts";
import { bearer, type Token } from "./credential.ts";
import { isPassing, ServiceError, shaped } from "./http.ts";

/** What Cloudflare says of a token. */
export interface TokenFacts {
  /** Of the token, not its value; `undefined` for one that Cloudflare does not know. */
  readonly id?: string | undefined;
  /** Whose token it is: each kind is verified at its own path. `unknown`: neither path knows it. */
  readonly kind: "user" | "account" | "unknown";
  /** `active`, `disabled`, `expired`; `unknown` for one that it does not know. */
  readonly status: string;
  /** ISO time; `undefined` for a token without an end. */
  readonly expiresOn: string | undefined;
}

const verified = v.object({ id: v.string(), status: v.string(), expires_on: v.nullish(v.string()) });

/** Asks both paths. Throws only when there is no answer at all (network, 429, 5xx). */
export async function verifyToken(url: string, accountId: string, token: Token): Promise<TokenFacts> {
  const ask = (path: string) =>
    request({ method: "GET", url: `${url}${path}`, headers: { authorization: bearer(token) } });
  for (const [kind, path] of [
    ["user", "/user/tokens/verify"],
    ["account", `/accounts/${encodeURIComponent(accountId)}/tokens/verify`],
  ] as const) {
    try {
      const { id, status, expires_on } = shaped(verified, await ask(path), "Cloudflare");
      return { id, kind, status, expiresOn: expires_on ?? undefined };
    } catch (error) {
      // A token of the other kind is unknown here (1000); only a service that can't answer ends the attempt.
      // Nor does an answer that is none of the API's (2xx).
      if (!(error instanceof ServiceError) || isPassing(error) || error.status < 400) throw error;
    }
  }
  return { id: undefined, kind: "unknown", status: "unknown", expiresOn: undefined };
}

/** The names of an account's Workers. Fails with Cloudflare's own code where the token may not read them. */
export async function scriptNames(url: string, accountId: string, token: Token): Promise<string[]> {
  return [...(await scriptStamps(url, accountId, token)).keys()];
}

/** The same, each with a text that is another one after every change of the Worker, its secrets and settings included. */
export async function scriptStamps(
  url: string,
  accountId: string,
  token: Token,
): Promise<ReadonlyMap<string, string>> {
  const path = `/accounts/${encodeURIComponent(accountId)}/workers/scripts`;
  const headers = { authorization: bearer(token) };
  const result = await request({ method: "GET", url: `${url}${path}`, headers });
  const script = v.object({
    id: v.string(),
    etag: v.nullish(v.string()),
    modified_on: v.nullish(v.string()),
  });
  const found = shaped(v.array(script), result, "Cloudflare");
  return new Map(found.map(({ id, etag, modified_on }) => [id, `${etag} ${modified_on}`]));
}
