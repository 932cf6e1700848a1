import { isObject } from "../objects.ts";
import { type CloudflareClient, CloudflareError } from "./cloudflare-client.ts";
import {
  equal,
  isArray,
  isProperties,
  type Properties,
  UNKNOWN,
  type Value,
  withoutNulls,
} from "./properties.ts";
import type { CheckRequest, Difference, DiffRequest, ReadRequest } from "./resource.ts";
import { checkFields, type Fail } from "./terraform-check.ts";
import { importedInputs, refreshedInputs } from "./terraform-inputs.ts";
import { TerraformResource } from "./terraform-resource.ts";
import { fromWire, refresh, settle, toWire } from "./terraform-wire.ts";
import { VERSION_BINDING, WORKER_VERSION } from "./worker-version-schema.ts";
import { checkAssets, sha256, uploadAssets, withManifestHash } from "./workers-assets.ts";
import { readContentFile } from "./workers-script-check.ts";

/** `cloudflare.WorkerVersion`: reference/cloudflare-api.md 2.3. It never changes in the API; a delete makes no call. */
export class WorkerVersion extends TerraformResource {
  readonly #client: CloudflareClient;

  constructor(client: CloudflareClient) {
    super(WORKER_VERSION, "id");
    this.#client = client;
  }

  check({ inputs }: CheckRequest) {
    return checkFields("WorkerVersion", WORKER_VERSION, ["deploy", "include"], inputs, checkModules);
  }

  protected override prepare(inputs: Properties): Properties {
    const { modules } = inputs;
    if (!isArray(modules)) return withManifestHash(inputs);
    return withManifestHash({
      ...inputs,
      modules: modules.map((module) => (isObject(module) ? withHash(module) : module)),
    });
  }

  override diff(request: DiffRequest): Difference {
    const difference = super.diff(request);
    const inputs = this.prepare(request.inputs);
    const sameModules = equal(withoutContent(inputs.modules), withoutContent(request.state.modules));
    const sameBindings = equal(
      comparable(inputs.bindings, request.state.bindings),
      comparable(request.state.bindings, request.state.bindings),
    );
    const changes = [...difference.changes].map(([path, change]) => {
      const inPlace = (sameModules && /^modules\b/.test(path)) || (sameBindings && /^bindings\b/.test(path));
      return [path, inPlace ? { ...change, replace: false } : change] as const;
    });
    return { ...difference, changes: new Map(changes) };
  }

  protected async put(planned: Properties, before: Properties | undefined): Promise<Properties> {
    if (before) return withoutNulls({ ...before, modules: planned.modules ?? null });
    const uploaded = await this.#upload(planned);
    // In the order of the API's answer: what it fills in is matched by place.
    const sorted = { ...planned, bindings: byName(planned.bindings) };
    const body = toWire(WORKER_VERSION, {
      ...sorted,
      assets: uploaded.assets ?? null,
      modules: withContent(planned.modules),
    });
    const result = await this.#client.result("POST", path(planned), {
      contentType: "application/json",
      body: JSON.stringify(body),
    });
    const state = settle(WORKER_VERSION, sorted, fromWire(WORKER_VERSION, result));
    return withoutNulls({
      ...state,
      assets: planned.assets ?? null,
      modules: planned.modules ?? null,
      bindings: inOrderOf(planned.bindings, state.bindings),
    });
  }

  async read({ id, state, inputs }: ReadRequest) {
    const isImport = Object.keys(state).length === 0;
    const before = isImport ? fromId(id) : state;
    try {
      if (isImport) await this.#get(before); // an import asks, and then reads
      const answer = await this.#get(before);
      const read = withoutNulls({
        ...refresh(WORKER_VERSION, before, answer),
        modules: isImport
          ? importedModules(answer.modules)
          : refreshedModules(before.modules, answer.modules),
        bindings: refreshedBindings(before.bindings, answer.bindings),
      });
      const newInputs = isImport ? importedInputs(WORKER_VERSION, read) : refreshedInputs(inputs, read);
      return { id: this.idOf(read), state: read, inputs: newInputs as Properties };
    } catch (error) {
      if (!isImport && error instanceof CloudflareError && error.status === 404) return undefined;
      throw error;
    }
  }

  async delete(): Promise<void> {}

  /** The files go to the script by its name; the version knows only the id of its Worker. */
  async #upload(planned: Properties): Promise<Properties> {
    const { assets, accountId } = planned;
    if (!isObject(assets) || (assets.directory ?? null) === null) return planned;
    const worker = path(planned).slice(0, -"/versions".length);
    const { name } = await this.#client.result("GET", worker);
    return uploadAssets(this.#client, String(accountId), String(name), planned);
  }

  async #get(properties: Properties): Promise<Properties> {
    const one = `${path(properties)}/${encodeURIComponent(String(properties.id))}?include=modules`;
    return fromWire(WORKER_VERSION, await this.#client.result("GET", one));
  }
}

function path({ accountId, workerId }: Properties): string {
  return `accounts/${encodeURIComponent(String(accountId))}/workers/workers/${encodeURIComponent(String(workerId))}/versions`;
}

function fromId(id: string): Properties {
  const [, accountId, workerId, version] = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(id) ?? [];
  if (!accountId || !workerId || !version) {
    const form = "<account_id>/<worker_id>/<version_id>";
    throw new Error(`invalid ID: expected urlencoded segments "${form}", got "${id}"`);
  }
  return { accountId, workerId, id: version };
}

function checkModules({ modules, assets = null }: Properties, fail: Fail): void {
  checkAssets({ assets }, fail);
  for (const [index, module] of objects(modules).entries()) {
    const given = [module.contentBase64, module.contentFile].filter((value) => (value ?? null) !== null);
    if (given.length === 1) continue;
    const reason = "Exactly one of these attributes must be configured: [content_base64,content_file]";
    fail(`modules[${index}]`, reason);
  }
}

function withHash(module: Properties): Properties {
  const { contentFile = null, contentBase64 = null } = module;
  const source = contentFile ?? contentBase64;
  if (typeof source !== "string" || source === UNKNOWN) return module;
  return { ...module, contentSha256: sha256(contentOf(module)) };
}

function contentOf({ contentFile, contentBase64 }: Properties): Buffer {
  return typeof contentFile === "string"
    ? readContentFile(contentFile)
    : Buffer.from(String(contentBase64 ?? ""), "base64");
}

function withContent(modules: Value | undefined): Value {
  if (!isArray(modules)) return null;
  return objects(modules).map((module) => ({
    ...module,
    contentBase64: contentOf(module).toString("base64"),
  }));
}

/** Where the code comes from is no reason to replace: only what it is. */
function withoutContent(modules: Value | undefined): Value {
  return byName(
    objects(modules).map(({ contentBase64: _, contentFile: __, ...module }) => withoutNulls(module)),
  );
}

function refreshedModules(state: Value | undefined, answer: Value | undefined): Value {
  if (!isArray(state)) return null;
  const said = new Map(objects(answer).map((module) => [module.name, module]));
  return objects(state).map((module) => {
    const found = said.get(module.name ?? null);
    if (!found) return module;
    const contentSha256 = sha256(contentOf(found));
    if ((module.contentBase64 ?? null) === null) return { ...module, contentSha256 };
    return { ...module, contentSha256, contentBase64: found.contentBase64 ?? null };
  });
}

function importedModules(answer: Value | undefined): Value {
  return isArray(answer) ? objects(answer).map(withHash) : null;
}

/** As the API says, in the order of the state, with the texts of the state: those of variables too, which the API would say. */
function refreshedBindings(state: Value | undefined, answer: Value | undefined): Value {
  if (!isArray(answer)) return null;
  const before = new Map(objects(state).map((binding) => [binding.name, binding]));
  const read = objects(answer).map((binding) => {
    const old = before.get(binding.name ?? null);
    const refreshed = refresh(VERSION_BINDING, old ?? {}, binding);
    return hasText(binding) && old && hasText(old) ? { ...refreshed, text: old.text ?? null } : refreshed;
  });
  return inOrderOf(state, read);
}

function hasText({ type }: Properties): boolean {
  return type === "secret_text" || type === "plain_text";
}

/** The members of a binding that the server may fill in. */
const FILLED_IN: ReadonlySet<string> = new Set(["className", "namespaceId", "scriptName", "databaseId"]);

/** For the question whether bindings replace: a text that an import could not read is equal to any. */
function comparable(bindings: Value | undefined, state: Value | undefined): Value {
  const before = objects(state);
  return objects(bindings).map((binding, index) => {
    const old = before[index];
    const unread = old && old.name === binding.name && hasText(old) && (old.text ?? null) === null;
    const filledIn = Object.entries(old && old.name === binding.name ? old : {});
    const known = Object.fromEntries(filledIn.filter(([name]) => FILLED_IN.has(name)));
    return withoutNulls({ ...known, ...binding, ...(unread ? { text: null } : {}) });
  });
}

function byName(values: Value | undefined): Value {
  if (!isArray(values)) return null;
  return [...objects(values)].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
}

function inOrderOf(order: Value | undefined, values: Value | undefined): Value {
  if (!isArray(values)) return null;
  const left = new Map(objects(values).map((value) => [value.name, value]));
  const sorted = objects(order).flatMap(({ name = null }) => {
    const found = left.get(name);
    left.delete(name);
    return found ? [found] : [];
  });
  return [...sorted, ...left.values()];
}

function objects(values: Value | undefined): readonly Properties[] {
  return isArray(values) ? values.filter(isProperties) : [];
}
