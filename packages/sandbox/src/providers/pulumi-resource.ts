import {
  canonical,
  isProperties,
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
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  ReadRequest,
  Resource,
  UpdateRequest,
} from "./resource.ts";

export interface Input {
  readonly optional?: true;
  readonly default?: Value;
  /** A change is an update; of any other input it is a replacement. */
  readonly update?: true;
  /** Always a secret, also when the program gave it in clear. */
  readonly secret?: true;
}

export type Fail = (property: string, reason: string) => void;

/** What was read. */
export interface Found {
  readonly inputs: Properties;
  /** Default: the inputs. */
  readonly state?: Properties;
}

/** A resource type of `pulumiservice:index` 1.3.0 (provider/pkg/resources): its inputs as data and its calls. Values come plain. */
export interface IndexDescription {
  readonly type: string;
  readonly inputs: Readonly<Record<string, Input>>;
  /** What only the server knows. */
  readonly outputs?: readonly string[];
  readonly deleteBeforeReplace?: true;
  /** Beyond missing values, which are found already; the inputs as they are then stored. */
  check?(inputs: Properties, fail: Fail): Properties;
  create(
    client: PulumiClient,
    inputs: Properties,
  ): Promise<{ readonly id: string; readonly state?: Properties }>;
  /** The state after it. Without it every change replaces. */
  update?(client: PulumiClient, inputs: Properties, state: Properties): Promise<Properties>;
  /** `inputs` are empty for an import. Undefined: it is gone. */
  read(client: PulumiClient, id: string, inputs: Properties): Promise<Found | undefined>;
  delete(client: PulumiClient, state: Properties, id: string): Promise<void>;
}

export class IndexResource implements Resource {
  readonly #description: IndexDescription;
  readonly #client: PulumiClient;

  constructor(description: IndexDescription, client: PulumiClient) {
    this.#description = description;
    this.#client = client;
  }

  check({ inputs: marked }: CheckRequest): CheckResult {
    const failures: { property: string; reason: string }[] = [];
    const fail: Fail = (property, reason) => failures.push({ property, reason });
    const inputs: Record<string, Value> = {};
    for (const [name, input] of Object.entries(this.#description.inputs)) {
      const value = plain(marked[name] ?? null) ?? null;
      if (value !== null) inputs[name] = value;
      else if (input.default !== undefined) inputs[name] = input.default;
      else if (!input.optional) fail(name, `missing required property '${name}'`);
    }
    const checked = failures.length === 0 ? (this.#description.check?.(inputs, fail) ?? inputs) : inputs;
    return { inputs: this.#markedAs(marked, checked), failures };
  }

  diff({ oldInputs: markedOld, inputs: marked, ignoreChanges }: DiffRequest): Difference {
    const { inputs: known, update, deleteBeforeReplace = false } = this.#description;
    const [oldInputs, inputs] = [plainProperties(markedOld), plainProperties(marked)];
    const changes = new Map<string, { kind: ChangeKind; replace: boolean }>();
    for (const name of Object.keys(known)) {
      const [before, after] = [oldInputs[name] ?? null, inputs[name] ?? null];
      if (canonical(before) === canonical(after) || ignoreChanges.includes(name)) continue;
      const kind = before === null ? "add" : after === null ? "delete" : "update";
      changes.set(name, { kind, replace: !update || !known[name]?.update });
    }
    return { changed: changes.size > 0, changes, deleteBeforeReplace };
  }

  async create({ inputs: marked, preview }: CreateRequest) {
    const inputs = plainProperties(marked);
    const { outputs = [] } = this.#description;
    if (preview) {
      const unknown = Object.fromEntries(outputs.map((name) => [name, UNKNOWN]));
      return { id: "", state: this.#markedAs(marked, { ...inputs, ...unknown }) };
    }
    const { id, state = inputs } = await this.#description.create(this.#client, inputs);
    return { id, state: this.#markedAs(marked, state) };
  }

  async update({ inputs: marked, state: markedState, preview }: UpdateRequest) {
    const { outputs = [], update } = this.#description;
    const [inputs, state] = [plainProperties(marked), plainProperties(markedState)];
    if (preview || !update) {
      const kept = Object.fromEntries(outputs.map((name) => [name, state[name] ?? null]));
      return { state: this.#markedAs(marked, { ...inputs, ...kept }) };
    }
    return { state: this.#markedAs(marked, await update(this.#client, inputs, state)) };
  }

  async read({ id, inputs }: ReadRequest) {
    const found = await this.#description.read(this.#client, id, plainProperties(inputs));
    if (!found) return undefined;
    return {
      id,
      inputs: this.#markedAs(inputs, found.inputs),
      state: this.#markedAs(inputs, found.state ?? found.inputs),
    };
  }

  /** What the program gave as a secret is one in what comes of it. */
  #markedAs(marked: Properties, values: Properties): Properties {
    const { inputs } = this.#description;
    const isSecret = (name: string) => inputs[name]?.secret === true || hasSecret(marked[name]);
    const known = Object.entries(values).filter(([, value]) => value !== null);
    return Object.fromEntries(known.map(([name, value]) => [name, isSecret(name) ? secret(value) : value]));
  }

  async delete({ id, state, oldInputs }: DeleteRequest): Promise<void> {
    await this.#description.delete(this.#client, plainProperties({ ...oldInputs, ...state }), id);
  }
}

function hasSecret(value: Value | undefined): boolean {
  return value !== undefined && canonical(value) !== canonical(plain(value));
}

/** The parts of an id, or an error that says its form. */
export function partsOf(id: string, form: string): readonly string[] {
  const parts = id.split("/");
  const expected = form.split("/");
  const fits = parts.length === expected.length && !parts.includes("");
  const literal = expected.every((part, index) => !part.startsWith("=") || part.slice(1) === parts[index]);
  if (fits && literal) return parts;
  throw new Error(`${JSON.stringify(id)} is invalid, must be in the format: ${form.replaceAll("=", "")}`);
}

export function isGone(error: unknown): boolean {
  return error instanceof PulumiError && error.status === 404;
}

/** Undefined for a 404, and any other error with what was tried before it. */
export async function found(what: string, asked: Promise<Properties>): Promise<Properties | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isGone(error)) return undefined;
    return because(what)(error);
  }
}

/** `/api/<first>/…` with each part escaped. */
export function apiPath(...parts: readonly (Value | undefined)[]): string {
  return `/api/${parts.map((part) => encodeURIComponent(String(part ?? ""))).join("/")}`;
}

export function objects(value: Value | undefined): readonly Properties[] {
  return Array.isArray(value) ? (value as readonly Value[]).filter(isProperties) : [];
}
