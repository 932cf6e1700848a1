import { type CloudflareClient, CloudflareError } from "./cloudflare-client.ts";
import { type Properties, withoutNulls } from "./properties.ts";
import type { CheckRequest, DeleteRequest, ReadRequest } from "./resource.ts";
import type { Fields } from "./terraform.ts";
import { checkFields } from "./terraform-check.ts";
import { importedInputs, refreshedInputs } from "./terraform-inputs.ts";
import { TerraformResource } from "./terraform-resource.ts";
import { fromWire, overlay, settle, toWire } from "./terraform-wire.ts";

const FIELDS: Fields = {
  accountId: { mode: "required", wire: false, replace: true },
  scriptName: { mode: "required", wire: false, replace: true },
  enabled: { mode: "required" },
  previewsEnabled: { mode: "both" },
};

/** `cloudflare.WorkersScriptSubdomain`: reference/cloudflare-api.md 2.4. */
export class WorkersScriptSubdomain extends TerraformResource {
  readonly #client: CloudflareClient;

  constructor(client: CloudflareClient) {
    // The bridge knows no id for this type and takes the first thing that looks like one.
    super(FIELDS, "accountId");
    this.#client = client;
  }

  check({ inputs }: CheckRequest) {
    return checkFields("WorkersScriptSubdomain", FIELDS, [], inputs);
  }

  protected async put(planned: Properties): Promise<Properties> {
    const body = JSON.stringify(toWire(FIELDS, planned));
    const answer = await this.#client.result("POST", path(planned), {
      contentType: "application/json",
      body,
    });
    return withoutNulls(settle(FIELDS, planned, fromWire(FIELDS, answer)));
  }

  async read({ id, state, inputs }: ReadRequest) {
    const isImport = Object.keys(state).length === 0;
    let before = state;
    if (isImport) {
      before = fromId(id);
      await this.#client.result("GET", path(before)); // an import asks, and then reads
    }
    try {
      const answer = await this.#client.result("GET", path(before));
      const read = withoutNulls(overlay(FIELDS, before, fromWire(FIELDS, answer)));
      const newInputs = isImport ? importedInputs(FIELDS, read) : refreshedInputs(inputs, read);
      return { id: String(read.accountId), state: read, inputs: newInputs as Properties };
    } catch (error) {
      if (error instanceof CloudflareError && error.status === 404) return undefined;
      throw error;
    }
  }

  async delete({ state }: DeleteRequest): Promise<void> {
    await this.#client.call("DELETE", path(state));
  }
}

function fromId(id: string): Properties {
  const [, accountId, scriptName] = /^([^/]+)\/([^/]+)$/.exec(id) ?? [];
  if (!accountId || !scriptName) {
    throw new Error(`invalid ID: expected urlencoded segments "<account_id>/<script_name>", got "${id}"`);
  }
  return { accountId, scriptName };
}

function path(properties: Properties): string {
  const [account, name] = [properties.accountId, properties.scriptName].map((part) =>
    encodeURIComponent(String(part)),
  );
  return `accounts/${account}/workers/scripts/${name}/subdomain`;
}
