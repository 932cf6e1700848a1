import * as v from "valibot";
import { type Call, parseJson, ServiceError, send } from "./http.ts";

/** Cloudflare's own error codes that decisions depend on (developers.cloudflare.com/workers, and wrangler's source). */
export const CloudflareCode = {
  /** The Worker, or the account's workers.dev subdomain, does not exist. */
  notFound: 10007,
  noSubdomain: 10063,
} as const;

const envelope = v.object({
  success: v.boolean(),
  errors: v.optional(v.array(v.object({ code: v.number(), message: v.string() })), []),
  result: v.optional(v.unknown()),
});

export interface CloudflareClient {
  /** The account's workers.dev label, or `undefined` when none is registered. */
  subdomain(accountId: string): Promise<string | undefined>;
  /** Names of the secrets on a Worker (values can't be read), or `undefined` when there is no such Worker. */
  secretNames(accountId: string, scriptName: string): Promise<string[] | undefined>;
  /** `active`, `disabled`, `expired`; throws when the token is not known at all. Tries both kinds of token. */
  tokenStatus(accountId: string): Promise<string>;
}

/** `url` is the API's base with `/client/v4`. Failures throw `ServiceError` with Cloudflare's own code and message. */
export function cloudflareClient(url: string, token: string): CloudflareClient {
  const get = (path: string) =>
    request({ method: "GET", url: `${url}${path}`, headers: { authorization: `Bearer ${token}` } });
  return {
    async subdomain(accountId) {
      const result = await unless(
        [CloudflareCode.notFound, CloudflareCode.noSubdomain],
        get(`/accounts/${encodeURIComponent(accountId)}/workers/subdomain`),
      );
      return result === undefined
        ? undefined
        : v.parse(v.object({ subdomain: v.string() }), result).subdomain;
    },
    async secretNames(accountId, scriptName) {
      const path = `/accounts/${encodeURIComponent(accountId)}/workers/scripts/${encodeURIComponent(scriptName)}/secrets`;
      const result = await unless([CloudflareCode.notFound], get(path));
      return result === undefined
        ? undefined
        : v.parse(v.array(v.object({ name: v.string() })), result).map(({ name }) => name);
    },
    async tokenStatus(accountId) {
      const status = v.object({ status: v.string() });
      // A token that belongs to the account is unknown to the user's endpoint (1000), and the other way round.
      const result = await get("/user/tokens/verify").catch((error: unknown) => {
        if (!(error instanceof ServiceError) || error.status === 0) throw error;
        return get(`/accounts/${encodeURIComponent(accountId)}/tokens/verify`);
      });
      return v.parse(status, result).status;
    },
  };
}

async function unless(codes: readonly number[], result: Promise<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ServiceError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

async function request(call: Call): Promise<unknown> {
  const answer = await send(call);
  const parsed = v.safeParse(envelope, parseJson(answer.text));
  if (!parsed.success) {
    throw new ServiceError(
      `Cloudflare answered ${answer.status} with something that is not its API's form`,
      answer.status,
      0,
    );
  }
  if (answer.status >= 400 || !parsed.output.success) {
    const first = parsed.output.errors[0];
    throw new ServiceError(first?.message ?? `HTTP ${answer.status}`, answer.status, first?.code ?? 0);
  }
  return parsed.output.result;
}
