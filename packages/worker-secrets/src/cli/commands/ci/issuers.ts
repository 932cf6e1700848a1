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

export type IssuerPolicy = v.InferOutput<typeof policy>;

/** What Pulumi Cloud says of the identities that it takes from GitHub; `unread` where it can't be asked. */
export type Issuers =
  | {
      readonly kind: "read";
      readonly organization: string;
      readonly issuers: readonly { readonly name: string; readonly policies: readonly IssuerPolicy[] }[];
    }
  | { readonly kind: "unread"; readonly why: string };

/**
 * Reads GitHub's issuers of an organization and their policies (`List_orgs_oidc_issuers`, `GetAuthPolicy`), which only an
 * administrator of the organization may. Whatever keeps it from being read becomes the reason.
 */
export async function readIssuers(organization: string, env: NodeJS.ProcessEnv): Promise<Issuers> {
  try {
    const { url, token } = readLogin(undefined, env);
    const get = async (path: string) => {
      const headers = { authorization: pulumiToken(token), accept: "application/vnd.pulumi+8" };
      const answer = await send({
        method: "GET",
        url: `${url}/api/orgs/${encodeURIComponent(organization)}/${path}`,
        headers,
      });
      return parseJson(accepted(answer).text);
    };
    const { oidcIssuers } = shaped(issuers, await get("oidc/issuers"), "Pulumi Cloud");
    const ours = (oidcIssuers ?? []).filter((one) => one.url.replace(/\/+$/, "") === GITHUB_ISSUER);
    const read = ours.map(async ({ id, name }) => {
      const answer = await get(`auth/policies/oidcissuers/${encodeURIComponent(id)}`);
      return { name, policies: shaped(policies, answer, "Pulumi Cloud").policies ?? [] };
    });
    return { kind: "read", organization, issuers: await Promise.all(read) };
  } catch (error) {
    if (error instanceof FaultsError) {
      const [fault] = error.faults;
      return { kind: "unread", why: `${fault?.where}: ${fault?.what}` };
    }
    if (error instanceof ServiceError)
      return {
        kind: "unread",
        why: error.status === 0 ? error.message : `${error.status}: ${error.message}`,
      };
    throw error;
  }
}
