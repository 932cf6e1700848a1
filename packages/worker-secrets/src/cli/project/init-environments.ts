import { randomBytes } from "node:crypto";
import { Document, isMap, parseDocument } from "yaml";
import { type Token, textOf } from "../../api/credential.ts";
import { ServiceError } from "../../api/http.ts";
import type { PulumiClient } from "../../api/pulumi.ts";
import { FaultsError } from "../../faults.ts";
import { type Definition, sameDocument } from "../../program/definition.ts";
import type { Owner } from "../../program/mark.ts";
import type { EnvironmentNames } from "../../program/names.ts";
import { claimEnvironment, definitionPlace, valuesPlace } from "./environment-owner.ts";
import { setKeepingComments } from "./keep-comments.ts";

/** A value for an Environment's `environmentVariables`. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
  /** Of this Worker alone (`workers.<name>`); else it is shared (`environmentVariables`). */
  readonly worker?: string | undefined;
}

/** Where a variable stands in an Environment's document. */
export function placeOf({ name, worker }: Pick<Variable, "name" | "worker">): string[] {
  return ["values", ...(worker === undefined ? ["environmentVariables"] : ["workers", worker]), name];
}

/** What the Environment of the deploy credentials holds. The account id is no secret; the token is. */
export function deployVariables(account: { readonly accountId: string; readonly token: Token }): Variable[] {
  return [
    { name: "CLOUDFLARE_ACCOUNT_ID", value: account.accountId, secret: false },
    { name: "CLOUDFLARE_API_TOKEN", value: textOf(account.token), secret: true },
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
  // Of the sandbox and of tests, whose stacks have the default names.
  const [project = "", stack = ""] = definition.name.split("/");
  const owner = { organization: client.organization, project, stack };
  for (const [key, variables] of [
    ["cloudflare", cloudflare],
    ["secrets", secrets],
  ] as const) {
    const created = await claimEnvironment(client, valuesPlace(names, key, owner));
    onStep(
      describeWritten({ ...(await storeVariables(client, names[key], variables, () => false)), created }),
    );
  }
  onStep((await writeDefinition(client, definition, owner)).line);
}

/** Stores the variables, over what was there. */
export async function setVariables(
  client: PulumiClient,
  environment: string,
  variables: readonly Variable[],
): Promise<string> {
  const created = await client.createEnvironment(environment);
  return describeWritten({ ...(await storeVariables(client, environment, variables, () => true)), created });
}

/** What a write did to one Environment. */
export interface Written {
  readonly environment: string;
  /** It was not there before. */
  readonly created: boolean;
  /** The names that were stored, `WORKER.NAME` for one Worker's own. */
  readonly stored: readonly string[];
}

/** Stores those variables that are missing, and those that `replace` names over what was there. */
export async function storeVariables(
  client: PulumiClient,
  environment: string,
  variables: readonly Variable[],
  replace: (variable: Variable) => boolean,
): Promise<Omit<Written, "created">> {
  return editEnvironment(client, environment, (document) => {
    const due = variables.filter((variable) => replace(variable) || !document.hasIn(placeOf(variable)));
    for (const variable of due) store(document, variable);
    return due.map(({ name, worker }) => (worker === undefined ? name : `${worker}.${name}`));
  });
}

/** One line; names only. */
function describeWritten({ environment, created, stored }: Written): string {
  const done = `${environment}: ${created ? "created" : "there already"}`;
  return stored.length === 0 ? `${done}, nothing missing` : `${done}, stored ${stored.join(", ")}`;
}

/**
 * Makes the stored definition the given one, where the Environment is the stack's own. `changed` is false where it was
 * the same document already.
 */
export async function writeDefinition(
  client: PulumiClient,
  definition: Definition,
  owner: Owner,
): Promise<{ readonly created: boolean; readonly changed: boolean; readonly line: string }> {
  const created = await claimEnvironment(client, definitionPlace(definition.names, owner));
  for (let attempt = 1; ; attempt++) {
    const stored = await client.environment(definition.name);
    if (stored !== undefined && sameDocument(stored.yaml, definition.yaml)) {
      // Not the first look: somebody else wrote the same in between.
      if (attempt === 1)
        return { created, changed: false, line: `${definition.name}: the definition is there` };
      break;
    }
    const text = definition.yaml;
    if (
      await writeUnlessChanged(
        client,
        { environment: definition.name, text, etag: stored?.etag, stored: [] },
        attempt,
      )
    )
      break;
  }
  const line = `${definition.name}: ${created ? "created with" : "given"} the definition that the stack declares`;
  return { created, changed: true, line };
}

/** How often a write is tried again when somebody else wrote in between (409). */
const EDIT_ATTEMPTS = 3;

/** Changes the text of an Environment that is there; `change` gives the names that it stored, none for nothing to write. One revision. */
export async function editEnvironment(
  client: PulumiClient,
  environment: string,
  change: (document: Document) => string[] | Promise<string[]>,
): Promise<Omit<Written, "created">> {
  for (let attempt = 1; ; attempt++) {
    const before = await client.environment(environment);
    const document = readDocument(before?.yaml ?? "", environment);
    const stored = await change(document);
    if (stored.length === 0) return { environment, stored };
    const text = document.toString({ lineWidth: 0 });
    if (await writeUnlessChanged(client, { environment, text, etag: before?.etag, stored }, attempt))
      return { environment, stored };
  }
}

/** `false`: somebody else wrote in between, so look again. */
async function writeUnlessChanged(
  client: PulumiClient,
  {
    environment,
    text,
    etag,
    stored,
  }: {
    readonly environment: string;
    readonly text: string;
    readonly etag: string | undefined;
    readonly stored: readonly string[];
  },
  attempt: number,
): Promise<boolean> {
  try {
    await client.updateEnvironment(environment, text, etag, stored);
    return true;
  } catch (error) {
    const conflict = error instanceof ServiceError && error.status === 409;
    if (!conflict) throw error;
    if (attempt < EDIT_ATTEMPTS) return false;
    throw new ServiceError(
      `Environment ${environment} was changed by somebody else each of the ${EDIT_ATTEMPTS} times that it was to be written (${error.message})`,
      error.status,
      error.code,
    );
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

/** Puts one variable into the text. */
export function store(document: Document, variable: Variable): void {
  const { value, secret } = variable;
  setKeepingComments(document, placeOf(variable), secret ? secretNode(value) : value);
}

/**
 * The text of a secret is stored as it stands, also `$$`; only one that looks like a reference is refused, since
 * `fn::secret` takes a literal ('secret values must be string literals'). Base64 carries that one.
 */
function secretNode(value: string): object {
  if (!value.includes("${")) return { "fn::secret": value };
  return { "fn::fromBase64": { "fn::secret": Buffer.from(value, "utf8").toString("base64") } };
}

/** A key nobody chose: 43 characters of base64url, 256 bits. */
export function generatedKey(): string {
  return randomBytes(32).toString("base64url");
}
