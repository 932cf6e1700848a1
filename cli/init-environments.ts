import { randomBytes } from "node:crypto";
import { Document, isMap, parseDocument } from "yaml";
import { ServiceError } from "../service/http.ts";
import type { PulumiClient } from "../service/pulumi.ts";
import { type Definition, sameDocument } from "../stack/definition.ts";
import { FaultsError } from "../stack/faults.ts";
import type { EnvironmentNames } from "../stack/names.ts";

/** A value for an Environment's `environmentVariables`. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}

/** What `<stack>-cloudflare` holds. The account id is no secret; the token is. */
export function deployVariables(account: { readonly accountId: string; readonly token: string }): Variable[] {
  return [
    { name: "CLOUDFLARE_ACCOUNT_ID", value: account.accountId, secret: false },
    { name: "CLOUDFLARE_API_TOKEN", value: account.token, secret: true },
  ];
}

export interface InitInputs {
  readonly client: PulumiClient;
  readonly names: EnvironmentNames;
  readonly cloudflare: readonly Variable[];
  readonly secrets: readonly Variable[];
  readonly definition: Definition;
  /** Told about each Environment, in the order they are written. */
  readonly onStep: (line: string) => void;
}

/**
 * Makes sure that a stack's three Environments exist and hold what they need. What is there already is left as it
 * is, so it is safe to repeat and repairs a half-made set. The definition comes last: it is opened by the next
 * command, and must not point at what is not there yet.
 */
export async function initEnvironments({
  client,
  names,
  cloudflare,
  secrets,
  definition,
  onStep,
}: InitInputs): Promise<void> {
  onStep(await ensureVariables(client, names.cloudflare, cloudflare));
  onStep(await ensureVariables(client, names.secrets, secrets));
  onStep(await ensureDefinition(client, definition));
}

/** Stores the variables that are missing. Says in one line what was done; names only. */
export async function ensureVariables(
  client: PulumiClient,
  environment: string,
  variables: readonly Variable[],
): Promise<string> {
  return edit(client, environment, (document) => {
    const missing = variables.filter(({ name }) => !document.hasIn(["values", "environmentVariables", name]));
    for (const variable of missing) store(document, variable);
    return missing.map(({ name }) => name);
  });
}

/** Stores the variables, over what was there. */
export async function setVariables(
  client: PulumiClient,
  environment: string,
  variables: readonly Variable[],
): Promise<string> {
  return edit(client, environment, (document) => {
    for (const variable of variables) store(document, variable);
    return variables.map(({ name }) => name);
  });
}

async function ensureDefinition(client: PulumiClient, definition: Definition): Promise<string> {
  const made = await client.createEnvironment(definition.name);
  const stored = await client.environment(definition.name);
  if (stored !== undefined && sameDocument(stored.yaml, definition.yaml))
    return `${definition.name}: the definition is there`;
  await client.updateEnvironment(definition.name, definition.yaml, stored?.etag);
  return `${definition.name}: ${made ? "created with" : "given"} the definition that the stack declares`;
}

/** How often a write is tried again when somebody else wrote in between (409). */
const EDIT_ATTEMPTS = 3;

async function edit(
  client: PulumiClient,
  environment: string,
  change: (document: Document) => string[],
): Promise<string> {
  const made = await client.createEnvironment(environment);
  for (let attempt = 1; ; attempt++) {
    const stored = await client.environment(environment);
    const document = readDocument(stored?.yaml ?? "", environment);
    const changed = change(document);
    const done = `${environment}: ${made ? "created" : "there already"}`;
    if (changed.length === 0) return `${done}, nothing missing`;
    try {
      await client.updateEnvironment(environment, document.toString({ lineWidth: 0 }), stored?.etag);
      return `${done}, stored ${changed.join(", ")}`;
    } catch (error) {
      const conflict = error instanceof ServiceError && error.status === 409;
      if (!conflict || attempt === EDIT_ATTEMPTS) throw error;
    }
  }
}

/** Keeps comments and layout of what people wrote. */
function readDocument(yaml: string, environment: string): Document {
  const document: Document = parseDocument(yaml);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new FaultsError([
      {
        where: `Environment ${environment}`,
        what: `its text is not a YAML mapping (${document.errors[0]?.message.split("\n")[0] ?? "it holds something else"})`,
        fix: `Mend it: pulumi env edit ${environment}`,
      },
    ]);
  }
  return document.contents === null ? new Document({}) : document;
}

function store(document: Document, { name, value, secret }: Variable): void {
  document.setIn(
    ["values", "environmentVariables", name],
    secret ? document.createNode({ "fn::secret": value }) : value,
  );
}

/** A key nobody chose: 43 characters of base64url, 256 bits. */
export function generatedKey(): string {
  return randomBytes(32).toString("base64url");
}
