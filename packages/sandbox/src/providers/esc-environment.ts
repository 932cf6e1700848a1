import {
  canonical,
  type Properties,
  plain,
  plainProperties,
  secret,
  UNKNOWN,
  type Value,
} from "./properties.ts";
import { because, type PulumiClient, PulumiError } from "./pulumi-client.ts";
import type {
  ChangeKind,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  ReadRequest,
  Resource,
  UpdateRequest,
} from "./resource.ts";

/** `pulumiservice.api.esc.Environment` of 1.3.0, as written in its provider/pkg/rest/resource.go and pkg/cloud/metadata.json. */
export class EscEnvironment implements Resource {
  readonly #client: PulumiClient;

  constructor(client: PulumiClient) {
    this.#client = client;
  }

  /** The real one checks nothing here: what is missing is found when a path is made of it. */
  check({ inputs }: { readonly inputs: Properties }) {
    return { inputs, failures: [] };
  }

  /** Inputs against inputs, without a look at the state: an edit made elsewhere is not seen, and a refresh brings no change. */
  diff({ oldInputs, inputs }: DiffRequest): Difference {
    const changes = new Map<string, { kind: ChangeKind; replace: boolean }>();
    for (const name of new Set([...Object.keys(inputs), ...Object.keys(oldInputs)])) {
      const [before, after] = [oldInputs[name], inputs[name]];
      if (before !== undefined && after !== undefined && canonical(before) === canonical(after)) continue;
      const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
      changes.set(name, { kind, replace: name !== "yaml" });
    }
    return { changed: changes.size > 0, changes, deleteBeforeReplace: changes.size > 0 };
  }

  async create({ inputs: marked, preview }: CreateRequest) {
    if (preview) return { id: "", state: marked };
    const inputs = plainProperties(marked);
    const path = pathOf(inputs);
    const body = JSON.stringify({ name: inputs.name, project: inputs.project });
    await this.#client.call("POST", organizationPath(inputs), { type: "application/json", text: body });
    if (typeof inputs.yaml === "string" && inputs.yaml !== "") {
      await this.#patch(path, inputs.yaml).catch(because("create: post-create yaml apply"));
    }
    const state = await this.#get(path).catch(because("create: read-after-create"));
    return { id: `${inputs.orgName}/${inputs.project}/${inputs.name}`, state };
  }

  /** 1.3.0 does not take a 404 for 'gone': refresh fails then. */
  async read({ id, state, inputs }: ReadRequest) {
    const parsed = { ...fromId(id), ...inputs };
    const read = await this.#get(pathOf(plainProperties({ ...state, ...parsed })));
    return { id, state: read, inputs: Object.keys(inputs).length === 0 ? parsed : inputs };
  }

  async update({ state, oldInputs, inputs, preview }: UpdateRequest) {
    if (preview) return { state: inputs };
    const path = pathOf(plainProperties({ ...inputs, ...oldInputs, ...state }));
    // An input that is not given any more is sent as it was: it cannot be emptied by leaving it out.
    const yaml = plain(inputs.yaml ?? oldInputs.yaml ?? state.yaml ?? null);
    await this.#patch(path, typeof yaml === "string" ? yaml : undefined);
    return { state: await this.#get(path).catch(because("update: read-after-update")) };
  }

  async delete({ state, oldInputs }: DeleteRequest): Promise<void> {
    try {
      await this.#client.call("DELETE", pathOf(plainProperties({ ...oldInputs, ...state })));
    } catch (error) {
      if (!(error instanceof PulumiError && error.status === 404)) throw error;
    }
  }

  async #patch(path: string, yaml: string | undefined): Promise<void> {
    await this.#client.call(
      "PATCH",
      path,
      yaml === undefined ? undefined : { type: "application/x-yaml", text: yaml },
    );
  }

  /** All the state there is: the text as the server keeps it, secrets in it as ciphertext. */
  async #get(path: string): Promise<Properties> {
    const text = await this.#client.call("GET", path);
    return text === "" ? {} : { yaml: secret(text) };
  }
}

function organizationPath(inputs: Properties): string {
  return `/api/esc/environments/${segment(inputs, "orgName", "orgName")}`;
}

function pathOf(inputs: Properties): string {
  const organization = organizationPath(inputs);
  return `${organization}/${segment(inputs, "project", "projectName")}/${segment(inputs, "name", "envName")}`;
}

function segment(inputs: Properties, name: string, wire: string): string {
  const value: Value | undefined = inputs[name];
  if (typeof value !== "string" || value === UNKNOWN) {
    throw new Error(`rest: path parameter "${wire}" (Pulumi name "${name}") missing from inputs`);
  }
  return encodeURIComponent(value);
}

function fromId(id: string): Properties {
  const match = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(id);
  const [, orgName, project, name] = match ?? [];
  return orgName && project && name ? { orgName, project, name } : {};
}
