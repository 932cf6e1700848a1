/** `pulumiservice:index:{Team,TeamEnvironmentPermission,TeamStackPermission}`: one path for all of them. */
import { isArray, type Properties, UNKNOWN, type Value } from "./properties.ts";
import { because, type PulumiClient, PulumiError } from "./pulumi-client.ts";
import { apiPath, found, type IndexDescription, objects, partsOf } from "./pulumi-resource.ts";

export const team: IndexDescription = {
  type: "pulumiservice:index:Team",
  inputs: {
    organizationName: {},
    teamType: {},
    name: { optional: true },
    displayName: { optional: true, update: true },
    description: { optional: true, update: true },
    githubTeamId: { optional: true, update: true },
    members: { optional: true, update: true },
  },
  check(inputs, fail) {
    const { teamType, name, githubTeamId, displayName } = inputs;
    if (teamType !== UNKNOWN && teamType !== "github" && teamType !== "pulumi") {
      fail("type", `found "${String(teamType)}" instead of 'pulumi' or 'github'`);
    }
    if (teamType === "github" && githubTeamId === undefined) {
      fail("githubTeamId", "teams with teamType 'github' require a githubTeamId");
    }
    if (teamType === "pulumi" && name === undefined) {
      fail("name", "teams with teamType 'pulumi' require a name");
    }
    const members = isArray(inputs.members) ? [...inputs.members].sort() : (inputs.members ?? []);
    return { ...inputs, displayName: displayName ?? name ?? null, members };
  },
  async create(client, inputs) {
    const { organizationName = null, teamType = null, name = "", githubTeamId } = inputs;
    const { displayName = "", description = "" } = inputs;
    const body = { organization: organizationName, teamType, name, displayName, description };
    const created = await client
      .ask("POST", apiPath("orgs", organizationName, "teams", teamType), {
        ...body,
        ...(githubTeamId === undefined ? {} : { githubTeamID: githubTeamId }),
      })
      .catch(because(`error creating team '${String(name)}': failed to create team`));
    for (const member of texts(inputs.members)) await join(client, inputs, member);
    const path = apiPath("orgs", organizationName, "teams", created.name ?? name);
    const answer = await client.ask("GET", path).catch(because("failed to get team"));
    return { id: `${organizationName}/${name}`, state: teamOf(String(organizationName), answer, inputs) };
  },
  async update(client, inputs, state) {
    // The real one compares pointers, so it sends both texts whatever changed.
    const { displayName = "", description = "" } = inputs;
    await client
      .ask("PATCH", teamPath(inputs), { newDisplayName: displayName, newDescription: description })
      .catch(because("failed to update team"));
    const [before, after] = [texts(state.members), texts(inputs.members)];
    if (inputs.teamType !== "github") {
      for (const member of before.filter((name) => !after.includes(name)).reverse()) {
        await client
          .ask("PATCH", teamPath(inputs), { memberAction: "remove", member })
          .catch(because("failed to update team membership"));
      }
      for (const member of after.filter((name) => !before.includes(name))) await join(client, inputs, member);
    }
    return inputs;
  },
  async read(client, id, inputs) {
    const [organization = "", name = ""] = partsOf(id, "organization/team");
    const asked = client.ask("GET", apiPath("orgs", organization, "teams", name));
    const answer = await found(`failed to read Team ("${id}"): failed to get team`, asked);
    return answer && { inputs: teamOf(organization, answer, inputs) };
  },
  async delete(client, state) {
    await client.ask("DELETE", teamPath(state)).catch(because("failed to delete team"));
  },
};

function teamPath({ organizationName, name }: Properties): string {
  return apiPath("orgs", organizationName, "teams", name);
}

/** A member that is there already is no error. */
async function join(client: PulumiClient, inputs: Properties, member: string): Promise<void> {
  try {
    await client.ask("PATCH", teamPath(inputs), { memberAction: "add", member });
  } catch (error) {
    if (error instanceof PulumiError && error.status === 409) return;
    because("failed to update team membership")(error);
  }
}

function teamOf(organizationName: string, answer: Properties, { githubTeamId }: Properties): Properties {
  const { kind = null, name = null, displayName, description } = answer;
  return {
    organizationName,
    teamType: kind,
    name,
    displayName: displayName || null,
    description: description || null,
    githubTeamId: githubTeamId ?? null,
    members: objects(answer.members)
      .map(({ githubLogin }) => String(githubLogin))
      .sort(),
  };
}

function texts(values: Value | undefined): readonly string[] {
  return isArray(values) ? values.map(String) : [];
}

/** A team that is gone fails a read and a delete; without the permission in it the resource is gone. */
export const teamStackPermission: IndexDescription = {
  type: "pulumiservice:index:TeamStackPermission",
  inputs: { organization: {}, project: {}, stack: {}, team: {}, permission: {} },
  async create(client, inputs) {
    const { organization, project = null, stack = null, permission = null } = inputs;
    await client
      .ask("PATCH", apiPath("orgs", organization, "teams", inputs.team), {
        addStackPermission: { projectName: project, stackName: stack, permission },
      })
      .catch(because("error granting team stack permission: failed to add stack permission for team"));
    return { id: `${organization}/${project}/${stack}/${inputs.team}` };
  },
  async read(client, id) {
    const parts = id.split("/");
    if (parts.length !== 4) {
      throw new Error(
        "TeamStackPermission resources created before v0.17.0 do not support refresh. " +
          "You will need to destroy and recreate this resource with >v0.17.0 to successfully refresh",
      );
    }
    const [organization = "", project = "", stack = "", name = ""] = parts;
    const { stacks } = await client
      .ask("GET", apiPath("orgs", organization, "teams", name))
      .catch(because("failed to get team stack permission: failed to get team"));
    const one = objects(stacks).find((of) => of.projectName === project && of.stackName === stack);
    return (
      one && { inputs: { organization, project, stack, team: name, permission: one.permission ?? null } }
    );
  },
  async delete(client, { organization, project = null, stack = null, team: name }) {
    await client
      .ask("PATCH", apiPath("orgs", organization, "teams", name), {
        removeStack: { projectName: project, stackName: stack },
      })
      .catch(because("failed to remove stack permission for team"));
  },
};

export const teamEnvironmentPermission: IndexDescription = {
  type: "pulumiservice:index:TeamEnvironmentPermission",
  inputs: {
    organization: {},
    team: {},
    project: { default: "default" },
    environment: {},
    permission: {},
    maxOpenDuration: { optional: true },
  },
  deleteBeforeReplace: true,
  check(inputs, fail) {
    const { maxOpenDuration, ...rest } = inputs;
    if (maxOpenDuration === undefined || maxOpenDuration === "") return rest;
    if (maxOpenDuration === UNKNOWN) return inputs;
    const normalized = duration(String(maxOpenDuration));
    if (normalized === undefined) {
      fail("maxOpenDuration", `malformed duration: time: invalid duration "${String(maxOpenDuration)}"`);
    }
    return { ...rest, maxOpenDuration: normalized ?? maxOpenDuration };
  },
  async create(client, inputs) {
    const { organization, project = null, environment = null, permission = null, maxOpenDuration } = inputs;
    await client
      .ask("PATCH", apiPath("orgs", organization, "teams", inputs.team), {
        addEnvironmentPermission: {
          envName: environment,
          projectName: project,
          permission,
          ...(maxOpenDuration === undefined ? {} : { maxOpenDuration }),
        },
      })
      .catch(because("error granting team environment permission"));
    return { id: `${organization}/${inputs.team}/${project}+${environment}` };
  },
  async read(client, id) {
    const [organization = "", name = "", last = ""] = partsOf(id, "organization/team/project+environment");
    const [project, environment] = last.includes("+") ? last.split("+", 2) : ["default", last];
    const { environments } = await client
      .ask("GET", apiPath("orgs", organization, "teams", name))
      .catch(because("failed to get team environment permission: failed to get team environment permission"));
    const one = objects(environments).find((of) => of.projectName === project && of.envName === environment);
    if (!one) return undefined;
    const { permission = null, maxOpenDuration = null } = one;
    const opened = maxOpenDuration === null ? null : (duration(String(maxOpenDuration)) ?? null);
    const of = { organization, team: name, project: project ?? "", environment: environment ?? "" };
    return { inputs: { ...of, permission, maxOpenDuration: opened } };
  },
  async delete(client, { organization, project = null, environment = null, team: name }) {
    await client
      .ask("PATCH", apiPath("orgs", organization, "teams", name), {
        removeEnvironment: { envName: environment, projectName: project },
      })
      .catch(
        because(
          `failed to remove permissions for environment ${String(environment)} from team ${String(name)}`,
        ),
      );
  },
};

const UNITS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1, ms: 1e-3 };

/** Go's own way to write a duration, `1h30m0s`; undefined for what is none. */
function duration(text: string): string | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  const total = parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
  const [hours, minutes] = [Math.floor(total / 3_600), Math.floor((total % 3_600) / 60)];
  const seconds = `${Number((total % 60).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
