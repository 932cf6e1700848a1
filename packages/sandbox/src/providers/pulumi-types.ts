import type { PulumiClient } from "./pulumi-client.ts";
import type { IndexDescription } from "./pulumi-resource.ts";
import type { RestDescription } from "./pulumi-rest.ts";
import type { Resource, ResourceTypes } from "./resource.ts";

const environments = () => import("./pulumi-environments.ts");
const schedules = () => import("./pulumi-schedules.ts");
const stacks = () => import("./pulumi-stacks.ts");
const teams = () => import("./pulumi-teams.ts");
const esc = () => import("./pulumi-esc.ts");

const INDEX: Readonly<Record<string, () => Promise<IndexDescription>>> = {
  DriftSchedule: async () => (await schedules()).driftSchedule,
  Environment: async () => (await environments()).environment,
  EnvironmentRotationSchedule: async () => (await schedules()).environmentRotationSchedule,
  EnvironmentVersionTag: async () => (await environments()).environmentVersionTag,
  Stack: async () => (await stacks()).stack,
  StackTag: async () => (await stacks()).stackTag,
  StackTags: async () => (await stacks()).stackTags,
  Team: async () => (await teams()).team,
  TeamEnvironmentPermission: async () => (await teams()).teamEnvironmentPermission,
  TeamStackPermission: async () => (await teams()).teamStackPermission,
  TtlSchedule: async () => (await schedules()).ttlSchedule,
};

const ESC: Readonly<Record<string, () => Promise<RestDescription>>> = {
  EnvironmentSettings: async () => (await esc()).environmentSettings,
  EnvironmentTag: async () => (await esc()).environmentTag,
  RevisionTag: async () => (await esc()).revisionTag,
};

/** Each type is loaded when a program has one. */
export function pulumiTypes(client: PulumiClient): ResourceTypes {
  const types: Record<string, () => Promise<Resource>> = {
    "pulumiservice:api/esc:Environment": async () =>
      new (await import("./esc-environment.ts")).EscEnvironment(client),
    "pulumiservice:index:DeploymentSettings": async () =>
      new (await import("./pulumi-deployment-settings.ts")).DeploymentSettings(client),
  };
  for (const [name, load] of Object.entries(INDEX)) {
    types[`pulumiservice:index:${name}`] = async () => {
      const [{ IndexResource }, description] = await Promise.all([import("./pulumi-resource.ts"), load()]);
      return new IndexResource(description, client);
    };
  }
  for (const [name, load] of Object.entries(ESC)) {
    types[`pulumiservice:api/esc:${name}`] = async () => {
      const [{ RestResource }, description] = await Promise.all([import("./pulumi-rest.ts"), load()]);
      return new RestResource(description, client);
    };
  }
  return types;
}
