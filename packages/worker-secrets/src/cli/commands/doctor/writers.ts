import { type TeamGrant, teamGrants } from "../../../api/pulumi-teams.ts";
import type { EnvironmentNames } from "../../../program/names.ts";
import type { Context } from "../../project/context.ts";
import type { Declared } from "../../project/declared.ts";
import { type Check, ok, unread, warn } from "./check.ts";

const CHECK = "writers of Environments";

/** Who else may write the stack's Environments, as far as the service shows it. */
export async function checkWriters({ pulumi, names }: Context, { organization }: Declared): Promise<Check[]> {
  return writerChecks(await teamGrants(pulumi, organization), names, organization);
}

/** Pure: what the grants of teams mean. `undefined`: they are not shown. */
export function writerChecks(
  grants: readonly TeamGrant[] | undefined,
  names: EnvironmentNames,
  organization: string,
): Check[] {
  if (grants === undefined)
    return [
      unread(
        CHECK,
        "Pulumi Cloud does not show who may write them",
        `Let an administrator look: console of ${organization}, Settings, Access management`,
      ),
    ];
  const own: readonly string[] = Object.values(names);
  const writing = grants.filter(
    ({ environment, permission }) => own.includes(environment) && ["write", "admin"].includes(permission),
  );
  if (writing.length === 0)
    return [ok(CHECK, "no team; members by their role in the organization are not in that list")];
  return writing.map(({ team, environment, permission }) =>
    warn(
      CHECK,
      `the team '${team}' has '${permission}' on ${environment}, so each of its members decides what is deployed`,
      `If it has to be so, nothing. Else take it away in the console of ${organization} (Teams), or in 'teams' of the platform stack`,
    ),
  );
}
