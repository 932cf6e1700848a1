/** `pulumiservice:index:{Stack,StackTag,StackTags}`. */

import { isObject } from "../objects.ts";
import type { Properties, Value } from "./properties.ts";
import { because, type PulumiClient } from "./pulumi-client.ts";
import { apiPath, found, type IndexDescription, partsOf } from "./pulumi-resource.ts";

/** Whatever changes replaces; a stack that is gone fails a delete. */
export const stack: IndexDescription = {
  type: "pulumiservice:index:Stack",
  inputs: { organizationName: {}, projectName: {}, stackName: {}, forceDestroy: { optional: true } },
  async create(client, inputs) {
    const { organizationName, projectName, stackName } = inputs;
    const id = `${organizationName}/${projectName}/${stackName}`;
    await client
      .ask("POST", apiPath("stacks", organizationName, projectName), { stackName: stackName ?? null })
      .catch(because(`error creating stack "${id}": failed to create stack '${id}'`));
    return { id };
  },
  async read(client, id, { forceDestroy }) {
    const [organizationName = "", projectName = "", stackName = ""] = partsOf(
      id,
      "organization/project/stack",
    );
    const path = apiPath("stacks", organizationName, projectName, stackName);
    const failure = `failure while checking if stack "${id}" exists: failed to get stack`;
    if (!(await found(failure, client.ask("GET", path)))) return undefined;
    return { inputs: { organizationName, projectName, stackName, forceDestroy: forceDestroy ?? null } };
  },
  async delete(client, { organizationName, projectName, stackName, forceDestroy }) {
    const query = forceDestroy === true ? "?forceDestroy=true" : "";
    await client
      .ask("DELETE", `${apiPath("stacks", organizationName, projectName, stackName)}${query}`)
      .catch(because("failed to delete stack"));
  },
};

const STACK = { organization: {}, project: {}, stack: {} };

/** A value can't be changed in the API: another one replaces. */
export const stackTag: IndexDescription = {
  type: "pulumiservice:index:StackTag",
  inputs: { ...STACK, name: {}, value: {} },
  async create(client, inputs) {
    await addTag(client, inputs, String(inputs.name), inputs.value ?? null);
    return { id: `${inputs.organization}/${inputs.project}/${inputs.stack}/${inputs.name}` };
  },
  async read(client, id) {
    const [organization = "", project = "", name = "", tag = ""] = partsOf(
      id,
      "organization/project/stack/tagName",
    );
    const of = { organization, project, stack: name };
    const tags = await tagsOf(client, of).catch(
      because(`failed to read StackTag ("${id}"): failed to get stack tag`),
    );
    const value = tags[tag];
    return value === undefined ? undefined : { inputs: { ...of, name: tag, value } };
  },
  async delete(client, state) {
    await dropTag(client, state, String(state.name));
  },
};

/** Only the declared tags; those of others on the same stack are left alone. An import takes over all that there are. */
export const stackTags: IndexDescription = {
  type: "pulumiservice:index:StackTags",
  inputs: { ...STACK, tags: { update: true } },
  async create(client, inputs) {
    for (const [name, value] of sorted(inputs.tags)) {
      await addTag(client, inputs, name, value).catch(because(`failed to create tag "${name}"`));
    }
    return { id: `${inputs.organization}/${inputs.project}/${inputs.stack}/tags` };
  },
  async update(client, inputs, state) {
    const [before, after] = [new Map(sorted(state.tags)), new Map(sorted(inputs.tags))];
    for (const [name, value] of before) {
      if (after.get(name) === value) continue;
      await dropTag(client, inputs, name).catch(because(`failed to delete tag "${name}"`));
    }
    for (const [name, value] of after) {
      if (before.get(name) === value) continue;
      await addTag(client, inputs, name, value).catch(because(`failed to create tag "${name}"`));
    }
    return inputs;
  },
  async read(client, id, inputs) {
    const [organization = "", project = "", name = ""] = partsOf(id, "organization/project/stack/=tags");
    const of = { organization, project, stack: name };
    const all = await tagsOf(client, of).catch(because(`failed to read stack tags ("${id}")`));
    const managed = sorted(inputs.tags).map(([tag]) => tag);
    const kept = managed.length === 0 ? Object.keys(all) : managed;
    const tags = Object.fromEntries(sorted(all).filter(([tag]) => kept.includes(tag)));
    return { inputs: { ...of, tags } };
  },
  async delete(client, state) {
    for (const [name] of sorted(state.tags)) {
      await dropTag(client, state, name).catch(because(`failed to delete tag "${name}"`));
    }
  },
};

function stackPath({ organization, project, stack }: Properties, ...rest: readonly string[]): string {
  return apiPath("stacks", organization, project, stack, ...rest);
}

async function tagsOf(client: PulumiClient, of: Properties): Promise<Properties> {
  const { tags } = await client.ask("GET", stackPath(of)).catch(because("failed to get stack tags"));
  return isObject(tags) ? tags : {};
}

async function addTag(client: PulumiClient, of: Properties, name: string, value: Value): Promise<void> {
  await client
    .ask("POST", stackPath(of, "tags"), { name, value })
    .catch(because(`failed to create tag (${name}=${String(value)})`));
}

async function dropTag(client: PulumiClient, of: Properties, name: string): Promise<void> {
  await client.ask("DELETE", stackPath(of, "tags", name)).catch(because("failed to make request"));
}

function sorted(tags: Value | undefined): [string, Value][] {
  return isObject(tags) ? Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
}
