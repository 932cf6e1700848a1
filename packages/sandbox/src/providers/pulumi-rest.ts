/** The generated resources, `pulumiservice:api/*` 1.3.0: provider/pkg/rest/resource.go, described by provider/pkg/cloud/metadata.json. */

import { isObject } from "../objects.ts";
import { canonical, type Properties, plain, plainProperties, type Value } from "./properties.ts";
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

/** A call: its method and path, with the API's own names in it, and the members that its body may have. */
export interface Operation {
  readonly call: `${"GET" | "POST" | "PATCH" | "PUT" | "DELETE"} ${string}`;
  readonly body?: readonly string[];
}

export interface RestDescription {
  readonly type: string;
  /** `{orgName}/{name}`, with the properties' names. */
  readonly id: string;
  /** The API's name in a path by the property's. */
  readonly renames?: Readonly<Record<string, string>>;
  readonly create: Operation;
  readonly update: Operation;
  readonly read: Operation;
  readonly delete?: Operation;
  /** What is there already can only be imported: a create asks first, and fails unless that says 404. */
  readonly requireImport?: true;
  readonly deleteBeforeReplace?: true;
}

export class RestResource implements Resource {
  readonly #description: RestDescription;
  readonly #client: PulumiClient;

  constructor(description: RestDescription, client: PulumiClient) {
    this.#description = description;
    this.#client = client;
  }

  /** Nothing is checked: what is missing is found when a path is made of it. */
  check({ inputs }: { readonly inputs: Properties }) {
    return { inputs, failures: [] };
  }

  /** Inputs against inputs, without a look at the state: an edit made elsewhere is not seen. */
  diff({ oldInputs, inputs }: DiffRequest): Difference {
    const { create, read, update, delete: remove, deleteBeforeReplace } = this.#description;
    const paths = [create, read, update, ...(remove ? [remove] : [])].flatMap(({ call }) =>
      this.#names(call),
    );
    const changes = new Map<string, { kind: ChangeKind; replace: boolean }>();
    for (const name of new Set([...Object.keys(inputs), ...Object.keys(oldInputs)])) {
      const [before, after] = [oldInputs[name], inputs[name]];
      if (before !== undefined && after !== undefined && canonical(before) === canonical(after)) continue;
      const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
      changes.set(name, { kind, replace: paths.includes(name) });
    }
    const changed = changes.size > 0;
    return { changed, changes, deleteBeforeReplace: changed && deleteBeforeReplace === true };
  }

  async create({ inputs: marked, preview }: CreateRequest) {
    if (preview) return { id: "", state: marked };
    const inputs = plainProperties(marked);
    const { create, read, requireImport, id } = this.#description;
    if (requireImport) await this.#refuseExisting(inputs);
    const created = await this.#ask(create, inputs);
    const state = await this.#ask(read, { ...created, ...inputs }).catch(
      because("create: read-after-create"),
    );
    return {
      id: id.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(state[name] ?? inputs[name])),
      state,
    };
  }

  async read({ id, state, inputs }: ReadRequest) {
    const parsed = { ...this.#fromId(id), ...inputs };
    const read = await this.#ask(this.#description.read, plainProperties({ ...state, ...parsed }));
    return { id, state: read, inputs: Object.keys(inputs).length === 0 ? parsed : inputs };
  }

  async update({ state, oldInputs, inputs, preview }: UpdateRequest) {
    if (preview) return { state: inputs };
    const { update, read } = this.#description;
    const inPath = plainProperties({ ...inputs, ...oldInputs, ...state });
    const body = plainProperties({ ...state, ...oldInputs, ...inputs });
    const said = await this.#ask(update, inPath, body);
    const next = { ...plainProperties({ ...inputs, ...oldInputs }), ...said, ...plainProperties(state) };
    return { state: await this.#ask(read, next).catch(because("update: read-after-update")) };
  }

  async delete({ state, oldInputs }: DeleteRequest): Promise<void> {
    const { delete: remove } = this.#description;
    if (!remove) return;
    try {
      await this.#ask(remove, plainProperties({ ...oldInputs, ...state }));
    } catch (error) {
      if (!(error instanceof PulumiError && error.status === 404)) throw error;
    }
  }

  async #refuseExisting(inputs: Properties): Promise<void> {
    try {
      await this.#ask(this.#description.read, inputs);
    } catch (error) {
      if (error instanceof PulumiError && error.status === 404) return;
      because("requireImport probe")(error);
    }
    throw new Error(
      "resource already exists; use the `import` resource option to bring it under Pulumi management instead of " +
        "creating a new one",
    );
  }

  async #ask({ call, body }: Operation, inPath: Properties, inBody = inPath): Promise<Properties> {
    const [method = "", template = ""] = call.split(" ", 2);
    const path = template.replaceAll(/\{(\w+)\}/g, (_, wire: string) => {
      const name = this.#property(wire);
      const value = plain(inPath[name] ?? null);
      if (value === null) {
        throw new Error(`rest: path parameter "${wire}" (Pulumi name "${name}") missing from inputs`);
      }
      return encodeURIComponent(String(value));
    });
    const members = (body ?? []).flatMap((name): [string, Value][] => {
      const value = inBody[name];
      return value === undefined ? [] : [[name, value]];
    });
    const sent = { type: "application/json", text: JSON.stringify(Object.fromEntries(members)) };
    const text = await this.#client.call(method, path, /^(POST|PUT|PATCH)$/.test(method) ? sent : undefined);
    const answer = text.trimStart().startsWith("{") ? (JSON.parse(text) as Value) : {};
    return isObject(answer) ? answer : {};
  }

  #fromId(id: string): Properties {
    const names = [...this.#description.id.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const parts = id.split("/");
    if (parts.length !== names.length || parts.includes("")) return {};
    return Object.fromEntries(names.map((name, index) => [name, parts[index] ?? ""]));
  }

  #names(call: string): readonly string[] {
    return [...call.matchAll(/\{(\w+)\}/g)].map(([, wire = ""]) => this.#property(wire));
  }

  #property(wire: string): string {
    const renames = Object.entries(this.#description.renames ?? {});
    return renames.find(([, other]) => other === wire)?.[0] ?? wire;
  }
}
