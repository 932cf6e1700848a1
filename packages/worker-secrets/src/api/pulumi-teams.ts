import * as v from "valibot";
import { pulumiToken, type Token } from "./credential.ts";
import { parseJson, send, shaped } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";

/** What a team may do with an Environment. */
export interface TeamGrant {
  readonly team: string;
  /** `<project>/<name>`. */
  readonly environment: string;
  /** `none`, `read`, `open`, `write`, `admin`. */
  readonly permission: string;
}

const teams = v.object({
  teams: v.array(
    v.object({
      name: v.string(),
      environments: v.nullish(
        v.array(v.object({ projectName: v.string(), envName: v.string(), permission: v.string() })),
      ),
    }),
  ),
});

/** An edition without teams, a caller who may not list them, or a service without the route. */
const UNTOLD = [400, 401, 402, 403, 404, 405, 501];

/** What the organization's teams may do with its Environments; `undefined` where the caller is not shown that. `url` is the service's root. */
export async function teamGrants(
  { url, token }: { readonly url: string; readonly token: Token },
  organization: string,
): Promise<readonly TeamGrant[] | undefined> {
  const answer = await send({
    method: "GET",
    url: `${url}/api/orgs/${encodeURIComponent(organization)}/teams`,
    headers: { authorization: pulumiToken(token), accept: "application/vnd.pulumi+8" },
  });
  if (UNTOLD.includes(answer.status)) return undefined;
  const found = shaped(teams, parseJson(accepted(answer).text), "Pulumi Cloud");
  return found.teams.flatMap(({ name, environments }) =>
    (environments ?? []).map(({ projectName, envName, permission }) => ({
      team: name,
      environment: `${projectName}/${envName}`,
      permission,
    })),
  );
}
