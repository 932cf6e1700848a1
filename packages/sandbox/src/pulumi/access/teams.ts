import * as v from "valibot";
import { type ApiRequest, empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { parseDuration } from "../environments/query.ts";
import { environments } from "../environments/records.ts";
import { badRequest, conflict, notFound } from "../errors.ts";
import { userInfo } from "../identity.ts";
import { body, organization, validName } from "../input.ts";
import { stacks } from "../state/records.ts";
import { ENVIRONMENT_PERMISSIONS, STACK_PERMISSIONS, type Team, teams } from "./records.ts";
import { forgetTeamTokens } from "./tokens.ts";

const LONGEST_DISPLAY_NAME = 100;

function find(request: ApiRequest, context: PulumiHalf): { owner: string; team: Team } {
  const owner = organization(request, context);
  const team = context.store.get(teams, [owner, request.param("team")]);
  if (team === undefined) throw notFound(`Team '${request.param("team")}' not found`);
  return { owner, team };
}

function view({ identity }: PulumiHalf, team: Team) {
  return {
    kind: "pulumi",
    name: team.name,
    displayName: team.displayName,
    description: team.description,
    members: team.members.map(({ role }) => ({ ...userInfo(identity), role })),
    stacks: team.stacks,
    environments: team.environments,
    userRole: "admin",
  };
}

function displayName(text: string): string {
  if (text.length <= LONGEST_DISPLAY_NAME) return text;
  throw badRequest(`Display name too long. Max length ${LONGEST_DISPLAY_NAME} characters.`);
}

const createSchema = v.object({
  name: v.string(),
  displayName: v.nullish(v.string(), ""),
  description: v.nullish(v.string(), ""),
});

/**
 * Who makes a team is in it. Source: the provider, "Pulumi Cloud auto-adds the creator"; with which role is documented
 * nowhere, and an admin is who may go on with it. An organization's token is no user.
 */
function creator({ caller, identity }: PulumiHalf): Team["members"] {
  return caller.kind === "personal" ? [{ login: identity.user, role: "admin" }] : [];
}

async function create(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, createSchema);
  const owner = organization(request, context);
  const name = validName("the team's name", wanted.name);
  const team: Team = {
    name,
    displayName: displayName(wanted.displayName || name),
    description: wanted.description,
    members: creator(context),
    stacks: [],
    environments: [],
  };
  return context.store.transaction(() => {
    if (context.store.get(teams, [owner, name]) !== undefined)
      throw conflict("Team with this name already exists");
    context.store.put(teams, [owner, name], team);
    return json(201, view(context, team));
  });
}

const stackOf = { projectName: v.string(), stackName: v.string() };
const environmentOf = { projectName: v.string(), envName: v.string() };
const stackGrant = v.object({ ...stackOf, permission: v.picklist(STACK_PERMISSIONS) });
const environmentGrant = v.object({
  ...environmentOf,
  permission: v.picklist(ENVIRONMENT_PERMISSIONS),
  maxOpenDuration: v.nullish(v.string()),
});

const updateSchema = v.object({
  newDisplayName: v.nullish(v.string()),
  newDescription: v.nullish(v.string()),
  memberAction: v.nullish(v.picklist(["add", "remove", "promote", "demote"])),
  member: v.nullish(v.string()),
  addStackPermission: v.nullish(stackGrant),
  editStackPermission: v.nullish(stackGrant),
  removeStack: v.nullish(v.object(stackOf)),
  addEnvironmentPermission: v.nullish(environmentGrant),
  editEnvironmentPermission: v.nullish(environmentGrant),
  removeEnvironment: v.nullish(v.object(environmentOf)),
});

type Update = v.InferOutput<typeof updateSchema>;

/** A team after one change of its members. The sandbox has one user. */
function withMember(
  team: Team,
  { identity }: PulumiHalf,
  action: Update["memberAction"],
  login: string,
): Team {
  if (login !== identity.user) throw notFound(`User '${login}' not found`);
  const isMember = team.members.some((member) => member.login === login);
  if (action === "add" && isMember) throw conflict("the user is already a member of the team");
  if (action !== "add" && !isMember) throw notFound(`User '${login}' is not a member of the team`);
  const others = team.members.filter((member) => member.login !== login);
  if (action === "remove") return { ...team, members: others };
  return { ...team, members: [...others, { login, role: action === "promote" ? "admin" : "member" }] };
}

function withStack(team: Team, { store }: PulumiHalf, owner: string, update: Update): Team {
  const grant = update.addStackPermission ?? update.editStackPermission;
  const of = grant ?? update.removeStack;
  if (!of) return team;
  const others = team.stacks.filter(
    (one) => one.projectName !== of.projectName || one.stackName !== of.stackName,
  );
  // What it does not have is gone already, such as with the stack itself.
  if (!grant) return { ...team, stacks: others };
  if (store.get(stacks, [owner, grant.projectName, grant.stackName]) === undefined)
    throw notFound(`Stack '${owner}/${grant.projectName}/${grant.stackName}' not found`);
  return { ...team, stacks: [...others, grant] };
}

function withEnvironment(team: Team, { store }: PulumiHalf, owner: string, update: Update): Team {
  const grant = update.addEnvironmentPermission ?? update.editEnvironmentPermission;
  const of = grant ?? update.removeEnvironment;
  if (!of) return team;
  const others = team.environments.filter(
    (one) => one.projectName !== of.projectName || one.envName !== of.envName,
  );
  if (!grant) return { ...team, environments: others };
  if (store.get(environments, [owner, grant.projectName, grant.envName]) === undefined)
    throw notFound(`environment '${owner}/${grant.projectName}/${grant.envName}' not found`);
  const { maxOpenDuration, ...rest } = grant;
  // The provider fails on every read of the team when it can't parse one.
  if (maxOpenDuration != null && parseDuration(maxOpenDuration) === undefined)
    throw badRequest("maxOpenDuration must be a Go duration such as 1h30m");
  const kept = { ...rest, ...(maxOpenDuration == null ? {} : { maxOpenDuration }) };
  return { ...team, environments: [...others, kept] };
}

async function update(request: ApiRequest, context: PulumiHalf): Promise<Response> {
  const wanted = await body(request, updateSchema);
  return context.store.transaction(() => {
    const { owner, team } = find(request, context);
    let changed = team;
    if (wanted.newDisplayName != null)
      changed = { ...changed, displayName: displayName(wanted.newDisplayName) };
    if (wanted.newDescription != null) changed = { ...changed, description: wanted.newDescription };
    if (wanted.memberAction != null)
      changed = withMember(changed, context, wanted.memberAction, wanted.member ?? "");
    changed = withStack(changed, context, owner, wanted);
    changed = withEnvironment(changed, context, owner, wanted);
    context.store.put(teams, [owner, team.name], changed);
    return empty();
  });
}

function remove(request: ApiRequest, context: PulumiHalf): Response {
  return context.store.transaction(() => {
    const { owner, team } = find(request, context);
    forgetTeamTokens(context, owner, team.name);
    context.store.delete(teams, [owner, team.name]);
    return empty();
  });
}

const T = "/api/orgs/:org/teams";

export const teamRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: T,
    operation: "ListTeams",
    handle: (request, context) =>
      json(200, {
        teams: context.store
          .list(teams, [organization(request, context)])
          .map(({ record }) => view(context, record)),
      }),
  },
  { method: "POST", path: `${T}/pulumi`, operation: "CreatePulumiTeam", handle: create },
  {
    method: "GET",
    path: `${T}/:team`,
    operation: "GetTeam",
    handle: (request, context) => json(200, view(context, find(request, context).team)),
  },
  { method: "PATCH", path: `${T}/:team`, operation: "UpdateTeam", handle: update },
  { method: "DELETE", path: `${T}/:team`, operation: "DeleteTeam", handle: remove },
];
