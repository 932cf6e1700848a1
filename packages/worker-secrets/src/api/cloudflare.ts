import * as v from "valibot";
import { bearer, type Credential, type Token } from "./credential.ts";
import {
  type Answer,
  isPassing,
  parseJson,
  passing,
  type ReadCall,
  ServiceError,
  send,
  sendWrite,
  shaped,
  type Write,
  type WriteCall,
} from "./http.ts";

/** Cloudflare's own error codes that decisions depend on (developers.cloudflare.com/workers, and wrangler's source). */
export const CloudflareCode = {
  /** The Worker, or the account's workers.dev subdomain, does not exist. */
  notFound: 10007,
  noSubdomain: 10063,
  /** The same as 10007, of the older service endpoint. */
  noService: 10090,
} as const;

const envelope = v.object({
  success: v.boolean(),
  errors: v.optional(v.array(v.object({ code: v.number(), message: v.string() })), []),
  result: v.optional(v.unknown()),
});

/** An account, and a token that opens it. */
export interface AccountAccess {
  /** Base of Cloudflare's API. */
  readonly url: string;
  readonly accountId: string;
  readonly token: Credential;
}

export interface CloudflareClient {
  /** The account's workers.dev label, or `undefined` when none is registered. */
  subdomain(accountId: string): Promise<string | undefined>;
  /** What a Worker has (secrets by name: values can't be read), or `undefined` when there is no such Worker. */
  script(accountId: string, scriptName: string): Promise<ScriptState | undefined>;
  /** The tag of a Worker's last Durable Object migration, or `undefined`. */
  migrationTag(accountId: string, scriptName: string): Promise<string | undefined>;
  /** The zone's id, or `undefined` when the account has none of that name (or the token may not see it). */
  zoneId(accountId: string, name: string): Promise<string | undefined>;
  /** The routes of a zone; `script` is absent for a pattern that no Worker answers. */
  routes(zoneId: string): Promise<readonly WorkerRoute[]>;
  /** A queue, or `undefined` when the account has none of that name. */
  queue(accountId: string, name: string): Promise<QueueState | undefined>;
  /** `active`, `disabled`, `expired`; throws when the token is not known at all. Tries both kinds of token. */
  tokenStatus(accountId: string): Promise<string>;
}

/** A binding as the API shows it. Other fields depend on its type. */
export interface BoundName {
  readonly name: string;
  readonly type: string;
}

export interface ScriptState {
  readonly bindings: readonly BoundName[];
}

export interface QueueState {
  readonly id: string;
  /** The id of a script's consumer, by the script's name. */
  readonly consumers: ReadonlyMap<string, string>;
}

export interface WorkerRoute {
  readonly id: string;
  readonly pattern: string;
  readonly script?: string | undefined;
}

const scriptState = v.object({
  bindings: v.optional(v.array(v.looseObject({ name: v.string(), type: v.string() })), []),
});
const service = v.object({
  default_environment: v.object({ script: v.object({ migration_tag: v.nullish(v.string()) }) }),
});
const route = v.object({ id: v.string(), pattern: v.string(), script: v.nullish(v.string()) });
/** A queue as the API answers it. */
export const queue = v.object({
  queue_id: v.string(),
  queue_name: v.string(),
  consumers: v.nullish(
    v.array(
      v.object({
        consumer_id: v.nullish(v.string()),
        script: v.nullish(v.string()),
        // wrangler reads the one field, the API's own documentation names the other.
        script_name: v.nullish(v.string()),
      }),
    ),
  ),
});

/** `url` is the API's base with `/client/v4`. Failures throw `ServiceError` with Cloudflare's own code and message. */
export function cloudflareClient(url: string, token: Token): CloudflareClient {
  const get = (path: string) =>
    request({ method: "GET", url: `${url}${path}`, headers: { authorization: bearer(token) } });
  const account = (accountId: string) => `/accounts/${encodeURIComponent(accountId)}`;
  const scripts = (accountId: string, scriptName: string) =>
    `${account(accountId)}/workers/scripts/${encodeURIComponent(scriptName)}`;
  return {
    async subdomain(accountId) {
      const result = await unless(
        [CloudflareCode.notFound, CloudflareCode.noSubdomain],
        get(`${account(accountId)}/workers/subdomain`),
      );
      return result === undefined
        ? undefined
        : shaped(v.object({ subdomain: v.string() }), result, "Cloudflare").subdomain;
    },
    async script(accountId, scriptName) {
      const result = await unless(
        [CloudflareCode.notFound],
        get(`${scripts(accountId, scriptName)}/settings`),
      );
      return result === undefined ? undefined : shaped(scriptState, result, "Cloudflare");
    },
    async migrationTag(accountId, scriptName) {
      // Of all that describes a script, only the older service endpoint tells the tag; wrangler reads it there too.
      const path = `${account(accountId)}/workers/services/${encodeURIComponent(scriptName)}`;
      const result = await unless([CloudflareCode.notFound, CloudflareCode.noService], get(path));
      return result === undefined
        ? undefined
        : (shaped(service, result, "Cloudflare").default_environment.script.migration_tag ?? undefined);
    },
    async zoneId(accountId, name) {
      const query = new URLSearchParams({ name, "account.id": accountId });
      const zones = shaped(v.array(v.object({ id: v.string() })), await get(`/zones?${query}`), "Cloudflare");
      return zones[0]?.id;
    },
    async routes(zoneId) {
      const found = shaped(
        v.array(route),
        await get(`/zones/${encodeURIComponent(zoneId)}/workers/routes`),
        "Cloudflare",
      );
      return found.map(({ id, pattern, script }) => ({ id, pattern, script: script ?? undefined }));
    },
    async queue(accountId, name) {
      const query = new URLSearchParams({ name });
      const queues = shaped(v.array(queue), await get(`${account(accountId)}/queues?${query}`), "Cloudflare");
      const found = queues.find(({ queue_name }) => queue_name === name);
      if (found === undefined) return undefined;
      const consumers = (found.consumers ?? []).flatMap(({ consumer_id, script, script_name }) => {
        const owner = script ?? script_name;
        return owner && consumer_id ? [[owner, consumer_id] as const] : [];
      });
      return { id: found.queue_id, consumers: new Map(consumers) };
    },
    async tokenStatus(accountId) {
      const status = v.object({ status: v.string() });
      // A token that belongs to the account is unknown to the user's endpoint (1000), and the other way round.
      const result = await get("/user/tokens/verify").catch((error: unknown) => {
        if (!(error instanceof ServiceError) || error.status === 0) throw error;
        return get(`${account(accountId)}/tokens/verify`);
      });
      return shaped(status, result, "Cloudflare").status;
    },
  };
}

/** The result, or `undefined` where the API refused with one of these codes. */
export async function unless<T>(codes: readonly number[], result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ServiceError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Sends a call that changes nothing and opens Cloudflare's envelope. */
export async function request(call: ReadCall): Promise<unknown> {
  return opened(await send(call));
}

/** Sends a write and opens Cloudflare's envelope; `done` where it took place and its answer was lost. */
export async function requestWrite(
  call: WriteCall,
  write: Write,
): Promise<{ readonly result: unknown } | "done"> {
  const answer = await sendWrite(call, write);
  return answer === "done" ? answer : { result: opened(answer) };
}

function opened(answer: Answer): unknown {
  const parsed = v.safeParse(envelope, parseJson(answer.text));
  if (!parsed.success) {
    throw new ServiceError(
      isPassing(answer)
        ? passing("Cloudflare", answer, "its answer says no more")
        : `Cloudflare answered ${answer.call} with something that is not its API's form (${answer.status})`,
      answer.status,
      0,
    );
  }
  if (answer.status >= 400 || !parsed.output.success) {
    const first = parsed.output.errors[0];
    const message = first?.message ?? `HTTP ${answer.status}`;
    throw new ServiceError(
      isPassing(answer) ? passing("Cloudflare", answer, message) : message,
      answer.status,
      first?.code ?? 0,
    );
  }
  return parsed.output.result;
}
