import * as v from "valibot";
import { pulumiToken } from "../../../api/credential.ts";
import { parseJson, ServiceError, send, shaped } from "../../../api/http.ts";
import { accepted } from "../../../api/pulumi-answer.ts";
import { FaultsError } from "../../../faults.ts";
import { readLogin } from "../../project/login.ts";

/** The issuer of every identity of GitHub Actions (docs.github.com/en/actions/reference/security/oidc). */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/** Schema `AuthPolicyDefinition` of Pulumi Cloud's API: which identities get which token. */
const policy = v.object({
  decision: v.string(),
  tokenType: v.string(),
  teamName: v.optional(v.string(), ""),
  userLogin: v.optional(v.string(), ""),
  rules: v.nullish(v.record(v.string(), v.unknown())),
});
const issuers = v.object({
  oidcIssuers: v.nullish(v.array(v.object({ id: v.string(), name: v.string(), url: v.string() }))),
});
const policies = v.object({ policies: v.nullish(v.array(policy)) });

/** Schema `Team`, without its members. The rights that a role gives are not in it. */
const team = v.object({
  environments: v.nullish(
    v.array(v.object({ projectName: v.string(), envName: v.string(), permission: v.string() })),
  ),
  stacks: v.nullish(
    v.array(v.object({ projectName: v.string(), stackName: v.string(), permission: v.number() })),
  ),
  roleIds: v.nullish(v.array(v.string())),
});

export type Team = v.InferOutput<typeof team>;
export type TeamRead =
  | { readonly kind: "read"; readonly value: Team }
  | { readonly kind: "unread"; readonly why: string };
export type IssuerPolicy = v.InferOutput<typeof policy>;

/** What Pulumi Cloud says of the identities that it takes from GitHub; `unread` where it can't be asked. */
export type Issuers =
  | {
      readonly kind: "read";
      readonly organization: string;
      readonly issuers: readonly { readonly name: string; readonly policies: readonly IssuerPolicy[] }[];
      /** By name, those whose token a policy gives. */
      readonly teams: Readonly<Record<string, TeamRead>>;
    }
  | { readonly kind: "unread"; readonly why: string };

/**
 * Reads GitHub's issuers of an organization, their policies and teams (`List_orgs_oidc_issuers`, `GetAuthPolicy`, `GetTeam`),
 * which only an administrator of the organization may. Whatever keeps it from being read becomes the reason.
 */
export async function readIssuers(organization: string, env: NodeJS.ProcessEnv): Promise<Issuers> {
  try {
    const get = getterOf(organization, env);
    const { oidcIssuers } = shaped(issuers, await get("oidc/issuers"), "Pulumi Cloud");
    const ours = (oidcIssuers ?? []).filter((one) => one.url.replace(/\/+$/, "") === GITHUB_ISSUER);
    const read = await Promise.all(
      ours.map(async ({ id, name }) => {
        const answer = await get(`auth/policies/oidcissuers/${encodeURIComponent(id)}`);
        return { name, policies: shaped(policies, answer, "Pulumi Cloud").policies ?? [] };
      }),
    );
    const named = new Set(read.flatMap((one) => one.policies.map(({ teamName }) => teamName)));
    const teams = [...named]
      .filter((name) => name !== "" && !/[*?]/.test(name))
      .map(async (name) => [name, await readTeam(get, name)] as const);
    return { kind: "read", organization, issuers: read, teams: Object.fromEntries(await Promise.all(teams)) };
  } catch (error) {
    return { kind: "unread", why: whyUnread(error) };
  }
}

type Get = (path: string) => Promise<unknown>;

/** Reads below an organization, with the CLI's login. */
function getterOf(organization: string, env: NodeJS.ProcessEnv): Get {
  const { url, token } = readLogin(undefined, env);
  const headers = { authorization: pulumiToken(token), accept: "application/vnd.pulumi+8" };
  return async (path) => {
    const below = `${url}/api/orgs/${encodeURIComponent(organization)}/${path}`;
    return parseJson(accepted(await send({ method: "GET", url: below, headers })).text);
  };
}

async function readTeam(get: Get, name: string): Promise<TeamRead> {
  try {
    const answer = await get(`teams/${encodeURIComponent(name)}`);
    return { kind: "read", value: shaped(team, answer, "Pulumi Cloud") };
  } catch (error) {
    return { kind: "unread", why: whyUnread(error) };
  }
}

/** The reason of what a person can do something about; another error is one of this program. */
function whyUnread(error: unknown): string {
  if (error instanceof FaultsError)
    return error.faults.map(({ where, what }) => `${where}: ${what}`).join("; ");
  if (error instanceof ServiceError)
    return error.status === 0 ? error.message : `${error.status}: ${error.message}`;
  throw error;
}
