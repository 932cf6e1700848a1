import { nameSome } from "../../../faults.ts";
import { CLOSED_STACKS } from "./expected.ts";
import { type Finding, open, unread } from "./findings.ts";
import type { Team, TeamRead } from "./issuers.ts";

const STACKS = CLOSED_STACKS.join("|");
/** A stack's Environments by their default names. */
const CLOSED_ENVIRONMENT = new RegExp(`^(${STACKS})(-secrets|-cloudflare)?$`);
/** Rights to an Environment that give no value of it. */
const GIVES_NO_VALUE = ["none", "read"];

/**
 * What a team may do whose token code that nobody reviewed can have: no value of the closed stacks. `whom` is that code.
 * A stack's state counts as its values: whoever may read a stack can have its secrets decrypted (`StackPermission` in the
 * API's description).
 */
export function judgeTeam(name: string, whom: string, team: TeamRead | undefined): Finding[] {
  const where = `Pulumi Cloud, team '${name}', whose token is for: ${whom}`;
  const fix =
    "Pulumi Cloud > Settings > Teams: give the team the Environments and stacks of dev and of reviews alone";
  if (team === undefined)
    return [unread(where, "the policy names teams by a pattern", "Name one team in the policy")];
  if (team.kind === "unread") return [unread(where, team.why, fix)];
  const { environments, stacks } = closedIn(team.value);
  return [
    ...(environments.length > 0
      ? [open(where, `it opens the Environments ${nameSome(environments, 5)}`, fix)]
      : []),
    ...(stacks.length > 0
      ? [open(where, `it has the state of the stacks ${nameSome(stacks, 5)}, secrets included`, fix)]
      : []),
    ...((team.value.roleIds ?? []).length > 0
      ? [unread(where, "it has a role, whose rights are not in the answer", fix)]
      : []),
  ];
}

function closedIn({ environments, stacks }: Team): {
  readonly environments: readonly string[];
  readonly stacks: readonly string[];
} {
  return {
    environments: (environments ?? [])
      .filter(({ envName }) => CLOSED_ENVIRONMENT.test(envName))
      .filter(({ permission }) => !GIVES_NO_VALUE.includes(permission))
      .map(({ projectName, envName }) => `${projectName}/${envName}`),
    stacks: (stacks ?? [])
      .filter(({ stackName, permission }) => CLOSED_STACKS.includes(stackName) && permission !== 0)
      .map(({ projectName, stackName }) => `${projectName}/${stackName}`),
  };
}
