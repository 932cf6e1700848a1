import { type Properties, withoutNulls } from "./properties.ts";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  ReadRequest,
  Resource,
  UpdateRequest,
} from "./resource.ts";
import { difference, type Fields, plan } from "./terraform.ts";

/** A resource that is planned by its fields, and created and updated by the same call with the whole plan. */
export abstract class TerraformResource implements Resource {
  readonly #fields: Fields;
  readonly #idProperty: string;

  /** `idProperty`: what of a created resource's state is its id. */
  constructor(fields: Fields, idProperty: string) {
    this.#fields = fields;
    this.#idProperty = idProperty;
  }

  /** Makes it as planned; the state that comes of it. `before` is the state that is updated, undefined for a create. */
  protected abstract put(planned: Properties, before: Properties | undefined): Promise<Properties>;

  /** The inputs with what the provider itself adds to them before it plans. */
  protected prepare(inputs: Properties): Properties {
    return inputs;
  }

  abstract check(request: CheckRequest): CheckResult;
  abstract read(request: ReadRequest): ReturnType<Resource["read"]>;
  abstract delete(request: DeleteRequest): Promise<void>;

  diff(request: DiffRequest) {
    return difference(this.#fields, { ...request, inputs: this.prepare(request.inputs) });
  }

  async create({ inputs, preview }: CreateRequest) {
    const planned = plan(this.#fields, this.prepare(inputs));
    if (preview) return { id: "", state: withoutNulls(planned) };
    const state = await this.put(planned, undefined);
    return { id: this.idOf(state), state };
  }

  protected idOf(state: Properties): string {
    return String(state[this.#idProperty]);
  }

  async update({ inputs, state, preview }: UpdateRequest) {
    const planned = plan(this.#fields, this.prepare(inputs), state);
    return { state: preview ? withoutNulls(planned) : await this.put(planned, state) };
  }
}
