import * as v from "valibot";
import { request, requestWrite, unless } from "./cloudflare.ts";
import { bearer, type Credential, type Token } from "./credential.ts";
import type { Change } from "./effects.ts";
import { endless, MOST_PAGES, ServiceError, shaped } from "./http.ts";

/** A token that belongs to the account. Its value is shown once, when it is made. */
export interface AccountToken {
  readonly id: string;
  readonly name: string;
}

/** Tokens of an account, by a token that may make them. Failures throw `ServiceError`. */
export interface AccountTokens {
  /** Those whose name begins so. */
  list(prefix: string): Promise<readonly AccountToken[]>;
  /** `account` and `zone` are names of permission groups; those of zones hold for every zone of the account. */
  create(wanted: {
    readonly name: string;
    readonly expiresOn: Date;
    readonly account: readonly string[];
    readonly zone: readonly string[];
  }): Promise<AccountToken & { readonly value: Credential }>;
  /** One that is gone is fine. */
  end(id: string): Promise<void>;
}

/** The API's own code for a token that is not there. */
const NO_TOKEN = 1003;
const PER_PAGE = 50;
const token = v.object({ id: v.string(), name: v.string() });

export function accountTokens(url: string, accountId: string, platformToken: Token): AccountTokens {
  const base = `${url}/accounts/${encodeURIComponent(accountId)}/tokens`;
  const headers = { authorization: bearer(platformToken), "content-type": "application/json" };
  const groupId = async (name: string): Promise<string> => {
    const query = new URLSearchParams({ name });
    const found = shaped(
      v.array(token),
      await request({ method: "GET", url: `${base}/permission_groups?${query}`, headers }),
      "Cloudflare",
    );
    const group = found.find((one) => one.name === name);
    if (group === undefined) throw new ServiceError(`Cloudflare has no permission group '${name}'`, 404, 0);
    return group.id;
  };
  const policy = async (names: readonly string[], resources: Readonly<Record<string, unknown>>) =>
    names.length === 0
      ? []
      : [
          {
            effect: "allow",
            resources,
            permission_groups: (await Promise.all(names.map(groupId))).map((id) => ({ id })),
          },
        ];
  const list = async (prefix: string): Promise<AccountToken[]> => {
    const all: AccountToken[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const found = shaped(
        v.array(token),
        await request({ method: "GET", url: `${base}?page=${page}&per_page=${PER_PAGE}`, headers }),
        "Cloudflare",
      );
      all.push(...found);
      if (found.length < PER_PAGE) return all.filter(({ name }) => name.startsWith(prefix));
    }
    throw endless("Cloudflare", "tokens");
  };
  const look = "dashboard, Manage Account, API Tokens";
  return {
    list,
    async create({ name, expiresOn, account, zone }) {
      const own = `com.cloudflare.api.account.${accountId}`;
      const body = {
        name,
        // Whole seconds: the API takes no fractions.
        expires_on: expiresOn.toISOString().replace(/\.\d+Z$/, "Z"),
        policies: [
          ...(await policy(account, { [own]: "*" })),
          ...(await policy(zone, { [own]: { "com.cloudflare.api.account.zone.*": "*" } })),
        ],
      };
      const change: Change = { kind: "created", what: `token '${name}'` };
      const made = await requestWrite(
        { method: "POST", url: base, headers, body: JSON.stringify(body) },
        {
          change: () => change,
          happened: async () => ((await list(name)).length > 0 ? change : false),
          unknown: { place: change.what, what: `the ${change.what} was created`, look },
        },
      );
      // The value is shown once: such a token is of no use to anybody.
      if (made === "done")
        throw new ServiceError(
          `Cloudflare made the token '${name}', and its answer with the value was lost`,
          0,
          0,
        );
      const { value, ...named } = shaped(
        v.object({ ...token.entries, value: v.string() }),
        made.result,
        "Cloudflare",
      );
      return { ...named, value: bearer(value) };
    },
    async end(id) {
      const change: Change = { kind: "removed", what: `token with the id ${id}` };
      const there = async () => (await list("")).some((one) => one.id === id);
      const write = {
        change: () => change,
        happened: async () => ((await there()) ? false : change),
        unknown: { place: change.what, what: `the ${change.what} has ended`, look },
      } as const;
      const call = { method: "DELETE", url: `${base}/${encodeURIComponent(id)}`, headers } as const;
      await unless([NO_TOKEN], requestWrite(call, write));
    },
  };
}
