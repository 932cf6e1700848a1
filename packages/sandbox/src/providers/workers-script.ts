import { isObject } from "../objects.ts";
import { type CloudflareClient, CloudflareError, resultOf } from "./cloudflare-client.ts";
import { firstPart, multipart, type Part } from "./multipart.ts";
import { isArray, isProperties, type Properties, type Value, withoutNulls } from "./properties.ts";
import type { CheckRequest, DeleteRequest, ReadRequest } from "./resource.ts";
import { importedInputs, refreshedInputs } from "./terraform-inputs.ts";
import { TerraformResource } from "./terraform-resource.ts";
import { fromWire, overlay, settle, toWire } from "./terraform-wire.ts";
import { sha256, uploadAssets, withManifestHash } from "./workers-assets.ts";
import { checkWorkersScript, readContentFile } from "./workers-script-check.ts";
import { METADATA, SCRIPT_ANSWER, WORKERS_SCRIPT } from "./workers-script-schema.ts";

const ANSWER = { ...SCRIPT_ANSWER, ...METADATA };

/** `cloudflare.WorkersScript`: reference/cloudflare-api.md 2.2, with its faults. */
export class WorkersScript extends TerraformResource {
  readonly #client: CloudflareClient;

  constructor(client: CloudflareClient) {
    super(WORKERS_SCRIPT, "scriptName");
    this.#client = client;
  }

  check({ inputs }: CheckRequest) {
    return checkWorkersScript(inputs);
  }

  protected override prepare(inputs: Properties): Properties {
    return withManifestHash(inputs);
  }

  /** Everything in one call, whatever changed; before it the files of a folder of assets that the API does not have yet. */
  protected async put(planned: Properties): Promise<Properties> {
    const uploaded = await uploadAssets(
      this.#client,
      String(planned.accountId),
      String(planned.scriptName),
      planned,
    );
    const { contentType, body } = multipart(partsOf(uploaded));
    const answer = await this.#client.result("PUT", scriptPath(planned), { contentType, body });
    const settled = settle(WORKERS_SCRIPT, planned, fromWire(ANSWER, answer));
    return withoutNulls({
      ...settled,
      id: planned.scriptName ?? null,
      assets: planned.assets ?? null,
      migrations: planned.migrations ?? null,
    });
  }

  async read({ id, state, inputs }: ReadRequest) {
    const isImport = Object.keys(state).length === 0;
    const before = isImport ? await this.#importState(id) : state;
    const after = await this.#refresh(before);
    if (!after) return undefined;
    const read = withoutNulls(after);
    const newInputs = isImport ? importedInputs(WORKERS_SCRIPT, read) : refreshedInputs(inputs, read);
    return { id: String(read.id), state: read, inputs: newInputs as Properties };
  }

  async #importState(id: string): Promise<Properties> {
    const [, accountId, scriptName] = /^([^/]+)\/([^/]+)$/.exec(id) ?? [];
    if (!accountId || !scriptName) {
      throw new Error(`invalid ID: expected urlencoded segments "<account_id>/<script_name>", got "${id}"`);
    }
    const state = { id: scriptName, accountId, scriptName };
    await this.#client.call("GET", scriptPath(state), { accept: "application/javascript" });
    return state;
  }

  async #refresh(state: Properties): Promise<Properties | undefined> {
    const service = await this.#service(state);
    if (!service) return undefined;
    const settings = await this.#client.result("GET", `${scriptPath(state)}/settings`);
    if (!isObject(settings.placement)) {
      throw new Error(
        "panic: runtime error: invalid memory address or nil pointer dereference in workers_script Read: " +
          "the real plugin crashes when the settings come without `placement: {}`",
      );
    }
    const answer = fromWire(METADATA, settings);
    const after: Record<string, Value> = { ...overlay(METADATA, overlay(ANSWER, state, service), answer) };
    after.bindings = mergedBindings(state.bindings, answer.bindings);
    after.annotations = state.annotations ?? null;
    if (state.migrations !== undefined) after.migrations = state.migrations;
    if (!isObject(after.placement) || (after.placement.mode ?? null) === null) after.placement = null;

    const content = await this.#content(state);
    if (content === undefined) after.content = null;
    else {
      if ((state.contentFile ?? null) === null) after.content = content;
      if ((state.contentSha256 ?? null) !== null) after.contentSha256 = sha256(content);
    }
    return after;
  }

  /** Only this first of the three answers may say 404: the others are errors then. */
  async #service(state: Properties): Promise<Properties | undefined> {
    const path = `accounts/${state.accountId}/workers/services/${state.scriptName}`;
    try {
      const answer = resultOf(await this.#client.call("GET", path));
      const environment = answer.default_environment;
      const script = isObject(environment) ? environment.script : undefined;
      return fromWire(ANSWER, isObject(script) ? script : {});
    } catch (error) {
      if (error instanceof CloudflareError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #content(state: Properties): Promise<string | undefined> {
    const path = `${scriptPath(state)}/content/v2`;
    const response = await this.#client.call("GET", path, { accept: "string" });
    if (response.status === 204) return undefined;
    if (response.status !== 200) {
      throw new Error(`failed to fetch script content: ${response.status} ${response.statusText}`);
    }
    return firstPart(response.headers.get("content-type") ?? "", response.body).toString("utf8");
  }

  /** A Worker that is already gone is an error here, as with every resource of this plugin. */
  async delete({ state }: DeleteRequest): Promise<void> {
    await this.#client.call("DELETE", scriptPath(state));
  }
}

function scriptPath(properties: Properties): string {
  const [account, name] = [properties.accountId, properties.scriptName].map((part) =>
    encodeURIComponent(String(part)),
  );
  return `accounts/${account}/workers/scripts/${name}`;
}

/** The script part first, then `metadata`, which has no file name. */
function partsOf(planned: Properties): Part[] {
  const { mainModule, contentFile, contentType } = planned;
  const content =
    typeof contentFile === "string" ? readContentFile(contentFile) : String(planned.content ?? "");
  const module = typeof mainModule === "string" && mainModule !== "" ? mainModule : undefined;
  const metadata = (properties: Properties): Part => ({
    name: "metadata",
    type: "application/json",
    content: JSON.stringify(toWire(METADATA, properties)),
  });
  if (content.length === 0) return [metadata(planned)];
  const name = module ?? "script";
  const type = contentType ?? (module ? "application/javascript+module" : "application/javascript");
  const script = { name, filename: name, type: String(type), content };
  return [
    script,
    ...fileParts(planned.files),
    metadata(module ? planned : { ...planned, bodyPart: "script" }),
  ];
}

/** The further modules of an upload, such as WebAssembly. */
function fileParts(files: Value | undefined): Part[] {
  if (!isObject(files)) return [];
  return Object.entries(files).flatMap(([name, file]) => {
    if (!isObject(file)) return [];
    const { contentType, contentBase64, contentFile } = file;
    const content =
      typeof contentFile === "string"
        ? readContentFile(contentFile)
        : Buffer.from(String(contentBase64 ?? ""), "base64");
    return [{ name, filename: name, type: String(contentType), content }];
  });
}

/**
 * The order and nearly everything else is that of the state. Of a secret the API says only that it is there: one that is not is
 * dropped, one that nobody declared is left out. A changed or deleted binding of another type is not seen; a new one is.
 */
function mergedBindings(state: Value | undefined, refreshed: Value | undefined): Value {
  const before = isArray(state) ? state.filter(isProperties) : [];
  const now = isArray(refreshed) ? refreshed.filter(isProperties) : [];
  const same = (a: Properties) => (b: Properties) => a.type === b.type && a.name === b.name;
  const kept = before.flatMap((binding) => {
    if (binding.type !== "secret_text") return [binding];
    const found = now.find(same(binding));
    return found ? [withoutNulls({ ...found, text: binding.text ?? null })] : [];
  });
  const added = now.filter((binding) => binding.type !== "secret_text" && !before.some(same(binding)));
  return [...kept, ...added.map(withoutNulls)];
}
