/** `pulumiservice:index:{Environment,EnvironmentVersionTag}`, with the faults of 1.3.0: reference/pulumi-cloud-api.md 6. */
import { UNKNOWN } from "./properties.ts";
import { because, type PulumiClient, PulumiError } from "./pulumi-client.ts";
import { apiPath, type IndexDescription, isGone, partsOf } from "./pulumi-resource.ts";

/**
 * Any failure of an update but a faulty definition is swallowed, and any of a read is taken for 'gone'. The text of the server,
 * ciphertext in it, comes into the inputs with a refresh: the next `up` then shows a change.
 */
export const environment: IndexDescription = {
  type: "pulumiservice:index:Environment",
  inputs: { organization: {}, project: {}, name: {}, yaml: { update: true, secret: true } },
  outputs: ["revision", "environmentId"],
  deleteBeforeReplace: true,
  check(inputs, fail) {
    for (const name of ["organization", "project", "name"]) {
      if (String(inputs[name]).includes("/"))
        fail(name, `'${name}' property contains \`/\` illegal character`);
    }
    const { yaml } = inputs;
    return { ...inputs, yaml: typeof yaml === "string" && yaml !== UNKNOWN ? yaml.trim() : (yaml ?? "") };
  },
  async create(client, inputs) {
    const { organization, project = null, name = null } = inputs;
    const yaml = String(inputs.yaml ?? "");
    await client
      .askWithHeaders(
        "POST",
        `${apiPath("esc", "environments", organization, "yaml", "check")}?showSecrets=false`,
        undefined,
        yaml,
      )
      .catch(because("failed to check environment due to error"));
    await client
      .ask("POST", apiPath("esc", "environments", organization), { project, name })
      .catch(because("failed to create new environment due to error"));
    const path = apiPath("esc", "environments", organization, project, name);
    const revision = await patch(client, path, yaml).catch(
      because("failed to push yaml into environment due to error"),
    );
    const environmentId = await idOf(client, path).catch(because("failed to resolve new environment's id"));
    return { id: `${organization}/${project}/${name}`, state: { ...inputs, revision, environmentId } };
  },
  async update(client, inputs) {
    const path = apiPath("esc", "environments", inputs.organization, inputs.project, inputs.name);
    let revision = 0;
    try {
      revision = await patch(client, path, String(inputs.yaml ?? ""));
    } catch (error) {
      if (error instanceof PulumiError && error.status === 400) {
        because("failed to update environment, yaml code failed following checks")(error);
      }
    }
    const environmentId = await idOf(client, path).catch(because("failed to resolve environment's id"));
    return { ...inputs, revision, environmentId };
  },
  async read(client, id) {
    const parts = id.split("/");
    if (parts.length !== 2 && parts.length !== 3) throw new Error(`invalid environment id: ${id}`);
    const [organization = "", project = "", name = ""] =
      parts.length === 3 ? parts : [parts[0] ?? "", "default", parts[1] ?? ""];
    const path = apiPath("esc", "environments", organization, project, name);
    try {
      const { text, headers } = await client.askWithHeaders("GET", path);
      const revision = revisionOf(headers);
      const inputs = { organization, project, name, yaml: text.trim() };
      const environmentId = await idOf(client, path).catch(() => null);
      return { inputs, state: { ...inputs, revision, environmentId } };
    } catch {
      return undefined;
    }
  },
  async delete(client, { organization, project, name }) {
    await client.ask("DELETE", apiPath("esc", "environments", organization, project, name));
  },
};

async function patch(client: PulumiClient, path: string, yaml: string): Promise<number> {
  const { headers } = await client.askWithHeaders("PATCH", path, undefined, yaml);
  return revisionOf(headers);
}

function revisionOf(headers: Headers): number {
  const text = headers.get("pulumi-esc-revision") ?? "";
  if (!/^\d+$/.test(text))
    throw new Error(`parsing revision number: strconv.Atoi: parsing "${text}": invalid syntax`);
  return Number(text);
}

/** Without metadata the environment has no id in the state; that is no error. */
async function idOf(client: PulumiClient, path: string): Promise<string | null> {
  try {
    const { id } = await client.ask("GET", `${path}/metadata`);
    return typeof id === "string" ? id : null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** A tag that is gone is found by `404` in the error. */
export const environmentVersionTag: IndexDescription = {
  type: "pulumiservice:index:EnvironmentVersionTag",
  inputs: {
    organization: {},
    project: { default: "default" },
    environment: {},
    tagName: {},
    revision: { update: true },
  },
  async create(client, inputs) {
    const { organization, project, environment, tagName = null, revision = null } = inputs;
    await client
      .ask("POST", apiPath("esc", "environments", organization, project, environment, "versions", "tags"), {
        name: tagName,
        revision,
      })
      .catch(because(`error creating environment version tag "${String(tagName)}"`));
    return { id: `${organization}/${project}/${environment}/${tagName}` };
  },
  async update(client, inputs) {
    const { organization, project, environment, tagName, revision = null } = inputs;
    await client
      .ask(
        "PATCH",
        apiPath("esc", "environments", organization, project, environment, "versions", "tags", tagName),
        {
          revision,
        },
      )
      .catch(because(`error updating environment version tag "${String(tagName)}"`));
    return inputs;
  },
  async read(client, id) {
    const parts =
      id.split("/").length === 3 ? legacy(id) : partsOf(id, "organization/project/environment/tag");
    const [organization = "", project = "", name = "", tagName = ""] = parts;
    const path = apiPath("esc", "environments", organization, project, name, "versions", "tags", tagName);
    try {
      const { revision = null } = await client.ask("GET", path);
      return { inputs: { organization, project, environment: name, tagName, revision } };
    } catch (error) {
      if (String(error).includes("404")) return undefined;
      return because(`failed to read EnvironmentVersionTag ("${id}")`)(error);
    }
  },
  async delete(client, { organization, project, environment, tagName }) {
    await client
      .ask(
        "DELETE",
        apiPath("esc", "environments", organization, project, environment, "versions", "tags", tagName),
      )
      .catch(because(`error deleting environment version tag "${String(tagName)}"`));
  },
};

function legacy(id: string): readonly string[] {
  const [organization = "", name = "", tag = ""] = id.split("/");
  return [organization, "default", name, tag];
}
