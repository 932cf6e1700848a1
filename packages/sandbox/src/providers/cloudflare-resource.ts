import { isObject } from "../objects.ts";
import { type CloudflareClient, CloudflareError, resultValue } from "./cloudflare-client.ts";
import { equal, type Properties, UNKNOWN, type Value, withoutNulls } from "./properties.ts";
import type { CheckRequest, DeleteRequest, ReadRequest } from "./resource.ts";
import type { Fields } from "./terraform.ts";
import { checkFields } from "./terraform-check.ts";
import { importedInputs, refreshedInputs } from "./terraform-inputs.ts";
import { TerraformResource } from "./terraform-resource.ts";
import { fromWire, refresh, settle, snakeCase, toWire } from "./terraform-wire.ts";

/** A call: the method and the path below the base URL, with properties in it: `POST accounts/{accountId}/queues`. */
export type Call = `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} ${string}`;

/** A resource type of the Cloudflare provider as data; what is special to one is in the functions. */
export interface Description {
  readonly type: string;
  /** In the order of the schema; the body has them by name. */
  readonly fields: Fields;
  /** Inputs that the real plugin takes and the stand-in does not. */
  readonly absent?: readonly string[];
  /** The property that is Pulumi's id. */
  readonly id: string;
  readonly create: Call;
  /** Without one nothing is sent: every change that counts replaces, or the API has no such call. */
  readonly update?: Call;
  readonly read: Call;
  /** Without one a delete only forgets. */
  readonly delete?: Call;
  /** The form of an import id, and the properties that its parts are. Without it the type can't be imported. */
  readonly import?: { readonly form: string; readonly properties: readonly string[] };
  /** Asked for once more after a create, as the real plugin does. */
  readonly readAfterCreate?: true;
  /** Before it is planned: what the provider itself adds to the inputs. */
  prepare?(inputs: Properties): Properties;
  /** Beyond missing and unknown values. */
  check?(inputs: Properties, fail: (property: string, reason: string) => void): void;
  /** The body of create and update; `null` for none. Default: the fields. */
  body?(planned: Properties, before: Properties | undefined): Value;
  headers?(properties: Properties, call: Call): Readonly<Record<string, string>>;
  /** The `result` as the object that the fields are read from. Default: as it is. */
  result?(result: Value): Properties;
  /** The last word on the state that a create, an update or a read makes. */
  finish?(state: Properties, before: Properties, answer: Properties): Properties;
  /** Whether what was read counts as gone, beside a 404. */
  gone?(state: Properties): boolean;
}

export class CloudflareResource extends TerraformResource {
  readonly #description: Description;
  readonly #client: CloudflareClient;

  constructor(description: Description, client: CloudflareClient) {
    super(description.fields, description.id);
    this.#description = description;
    this.#client = client;
  }

  check({ inputs }: CheckRequest) {
    const { type, fields, absent = [], check } = this.#description;
    return checkFields(type, fields, absent, inputs, check);
  }

  protected override prepare(inputs: Properties): Properties {
    return this.#description.prepare?.(inputs) ?? inputs;
  }

  protected async put(planned: Properties, before: Properties | undefined): Promise<Properties> {
    const { fields, create, update, read, readAfterCreate } = this.#description;
    const call = before ? update : create;
    if (call === undefined) return withoutNulls(known({ ...planned }, before ?? {}));
    const answer = await this.#ask(call, planned, this.#body(planned, before));
    let state = this.#finish(settle(fields, planned, answer), planned, answer);
    if (!before && readAfterCreate) {
      const again = await this.#ask(read, state);
      state = this.#finish(settle(fields, planned, again), planned, again);
    }
    return withoutNulls(state);
  }

  async read({ state, id, inputs }: ReadRequest) {
    const { fields, gone } = this.#description;
    const isImport = Object.keys(state).length === 0;
    const before = isImport ? this.#fromId(id) : state;
    try {
      if (isImport) await this.#ask(this.#description.read, before); // an import asks, and then reads
      const answer = await this.#ask(this.#description.read, before);
      const read = withoutNulls(this.#finish(refresh(fields, before, answer), before, answer));
      if (!isImport && gone?.(read)) return undefined;
      const newInputs = isImport ? importedInputs(fields, read) : refreshedInputs(inputs, read);
      return { id: this.idOf(read), state: read, inputs: newInputs as Properties };
    } catch (error) {
      if (!isImport && error instanceof CloudflareError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** What is already gone is an error here, as with every resource of this plugin. */
  async delete({ state }: DeleteRequest): Promise<void> {
    const call = this.#description.delete;
    if (call === undefined) return;
    const [method, path] = filledIn(call, state);
    await this.#client.call(method, path, { headers: this.#description.headers?.(state, call) ?? {} });
  }

  #body(planned: Properties, before: Properties | undefined): Value {
    const { fields, body } = this.#description;
    return body ? body(planned, before) : toWire(fields, planned, before);
  }

  #finish(state: Properties, before: Properties, answer: Properties): Properties {
    return this.#description.finish?.(state, before, answer) ?? state;
  }

  async #ask(call: Call, properties: Properties, body: Value = null): Promise<Properties> {
    const { fields, headers, result } = this.#description;
    const [method, path] = filledIn(call, properties);
    const response = await this.#client.call(method, path, {
      headers: headers?.(properties, call) ?? {},
      ...(body === null ? {} : { contentType: "application/json", body: JSON.stringify(body) }),
    });
    const value = resultValue(response);
    return fromWire(fields, result ? result(value) : isObject(value) ? value : {});
  }

  #fromId(id: string): Properties {
    const { import: imported, type } = this.#description;
    if (!imported) throw new Error(`${type} does not support import`);
    const parts = id.split("/");
    if (parts.length !== imported.properties.length || parts.includes("")) {
      throw new Error(`invalid ID: expected urlencoded segments "${imported.form}", got "${id}"`);
    }
    return Object.fromEntries(
      imported.properties.map((name, index) => [name, decodeURIComponent(parts[index] ?? "")]),
    );
  }
}

/** Without a call nobody fills in what the plan leaves open: it stays as it was. */
function known(planned: Properties, before: Properties): Properties {
  return Object.fromEntries(
    Object.entries(planned).map(([name, value]) => [
      name,
      value === UNKNOWN ? (before[name] ?? null) : value,
    ]),
  );
}

function filledIn(call: Call, properties: Properties): [method: string, path: string] {
  const [method = "", template = ""] = call.split(" ", 2);
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = properties[name] ?? null;
    if (value === null || value === "" || value === UNKNOWN) {
      throw new Error(`missing required ${snakeCase(name)} parameter`);
    }
    return encodeURIComponent(String(value));
  });
  return [method, path];
}

/** The members of `planned` that differ from the state: the body of a PATCH. */
export function changesOnly(fields: Fields, planned: Properties, before: Properties | undefined): Properties {
  if (!before) return toWire(fields, planned);
  const changed = Object.entries(fields).filter(([name]) => !equal(planned[name], before[name]));
  return toWire(Object.fromEntries(changed), planned, before);
}
