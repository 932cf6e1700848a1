import type { PulumiHalf } from "../context.ts";
import { notFound } from "../errors.ts";
import { type EnvironmentGrant, type StackGrant, type Team, teams } from "./records.ts";

/** What teams were given, when stacks and Environments come, move and go: nobody gets what somebody else had. */

interface StackName {
  readonly organization: string;
  readonly project: string;
  readonly name: string;
}
type EnvironmentName = StackName;

/** What a team gets with `pulumi stack init --teams`: read and change. */
const GIVEN_AT_CREATION = 102;

function changeAll(context: PulumiHalf, owner: string, change: (team: Team) => Team): void {
  for (const { key, record } of context.store.list(teams, [owner])) {
    const changed = change(record);
    if (changed !== record) context.store.put(teams, key, changed);
  }
}

/** Replaces each grant by those that it becomes; the team itself when none changes. */
function mapped<G>(grants: readonly G[], change: (grant: G) => readonly G[]): readonly G[] {
  const result = grants.flatMap(change);
  return result.length === grants.length && result.every((grant, at) => grant === grants[at])
    ? grants
    : result;
}

const ofStack = (grant: StackGrant, { project, name }: StackName) =>
  grant.projectName === project && grant.stackName === name;
const ofEnvironment = (grant: EnvironmentGrant, { project, name }: EnvironmentName) =>
  grant.projectName === project && grant.envName === name;

function changeStackGrants(
  context: PulumiHalf,
  stack: StackName,
  becomes: (grant: StackGrant) => readonly StackGrant[],
): void {
  changeAll(context, stack.organization, (team) => {
    const stacks = mapped(team.stacks, (grant) => (ofStack(grant, stack) ? becomes(grant) : [grant]));
    return stacks === team.stacks ? team : { ...team, stacks };
  });
}

function changeEnvironmentGrants(
  context: PulumiHalf,
  environment: EnvironmentName,
  becomes: (grant: EnvironmentGrant) => readonly EnvironmentGrant[],
): void {
  changeAll(context, environment.organization, (team) => {
    const environments = mapped(team.environments, (grant) =>
      ofEnvironment(grant, environment) ? becomes(grant) : [grant],
    );
    return environments === team.environments ? team : { ...team, environments };
  });
}

/** Gives a new stack to the teams that were named at its creation. Throws when there is no such team. */
export function grantNewStack(context: PulumiHalf, stack: StackName, names: readonly string[]): void {
  for (const name of new Set(names)) {
    const team = context.store.get(teams, [stack.organization, name]);
    if (team === undefined) throw notFound(`Team '${name}' not found`);
    const grant: StackGrant = {
      projectName: stack.project,
      stackName: stack.name,
      permission: GIVEN_AT_CREATION,
    };
    context.store.put(teams, [stack.organization, name], { ...team, stacks: [...team.stacks, grant] });
  }
}

export function moveStackGrants(context: PulumiHalf, stack: StackName, to: StackName): void {
  changeStackGrants(context, stack, (grant) => [{ ...grant, projectName: to.project, stackName: to.name }]);
}

export function dropStackGrants(context: PulumiHalf, stack: StackName): void {
  changeStackGrants(context, stack, () => []);
}

export function copyEnvironmentGrants(
  context: PulumiHalf,
  environment: EnvironmentName,
  to: EnvironmentName,
): void {
  changeEnvironmentGrants(context, environment, (grant) => [
    grant,
    { ...grant, projectName: to.project, envName: to.name },
  ]);
}

export function dropEnvironmentGrants(context: PulumiHalf, environment: EnvironmentName): void {
  changeEnvironmentGrants(context, environment, () => []);
}
