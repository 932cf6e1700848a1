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

  /** Makes it as planned; the state that comes of it. */
  protected abstract put(planned: Properties): Promise<Properties>;

  abstract check(request: CheckRequest): CheckResult;
  abstract read(request: ReadRequest): ReturnType<Resource["read"]>;
  abstract delete(request: DeleteRequest): Promise<void>;

  diff(request: DiffRequest) {
    return difference(this.#fields, request);
  }

  async create({ inputs, preview }: CreateRequest) {
    const planned = plan(this.#fields, inputs);
    if (preview) return { id: "", state: withoutNulls(planned) };
    const state = await this.put(planned);
    return { id: String(state[this.#idProperty]), state };
  }

  async update({ inputs, state, preview }: UpdateRequest) {
    const planned = plan(this.#fields, inputs, state);
    return { state: preview ? withoutNulls(planned) : await this.put(planned) };
  }
}
