import { createHash } from "node:crypto";
import { parse, stringify } from "yaml";
import { environmentNames } from "./names.ts";

/** What the definition of a stack's Environment depends on. */
export interface DefinitionInputs {
  readonly project: string;
  readonly stack: string;
  /** Revision number or tag of `<stack>-secrets` to read; the latest when absent. */
  readonly secretsRevision?: string | undefined;
}

/** The Environment that a stack declares. It holds references only, so its diffs are clean and reviewable. */
export interface Definition {
  /** `<project>/<stack>`. */
  readonly name: string;
  /** Canonical YAML: the same inputs give the same bytes. */
  readonly yaml: string;
  /** Of everything but itself; also in the YAML, as the config key `<project>:digest`. */
  readonly digest: string;
}

/**
 * The definition of a stack's Environment.
 *
 * - Imports with `merge: false`: the CLI exports every merged `environmentVariables` to all plugins, and the
 *   Worker's secrets are none of their business.
 * - The secrets go over as one object: with a line per name, a missing one would fail the CLI's open before the
 *   program can say what is missing, and block `destroy` too.
 */
export function defineEnvironment(inputs: DefinitionInputs): Definition {
  const { project, stack, secretsRevision } = inputs;
  const names = environmentNames(project, stack);
  const secrets = secretsRevision === undefined ? names.secrets : `${names.secrets}@${secretsRevision}`;
  const cloudflare = (name: string) => `\${imports["${names.cloudflare}"].environmentVariables.${name}}`;
  const document = (digest: string | undefined) => ({
    imports: [{ [names.cloudflare]: { merge: false } }, { [secrets]: { merge: false } }],
    values: {
      environmentVariables: {
        CLOUDFLARE_ACCOUNT_ID: cloudflare("CLOUDFLARE_ACCOUNT_ID"),
        CLOUDFLARE_API_TOKEN: cloudflare("CLOUDFLARE_API_TOKEN"),
      },
      pulumiConfig: {
        ...(digest === undefined ? {} : { [`${project}:digest`]: digest }),
        [`${project}:accountId`]: "${environmentVariables.CLOUDFLARE_ACCOUNT_ID}",
        [`${project}:secrets`]: `\${imports["${secrets}"].environmentVariables}`,
      },
    },
  });
  const digest = createHash("sha256")
    .update(canonical(document(undefined)))
    .digest("hex")
    .slice(0, 16);
  return { name: names.definition, yaml: canonical(document(digest)), digest };
}

/** Begins the comment that marks a definition as put back after somebody edited it elsewhere. */
const RESTORED = "# restored over an edit made elsewhere, ";

/**
 * The YAML to declare, given what is stored now. The engine compares inputs with its own state, so an edit made
 * elsewhere would go unseen: a comment that names the edited text makes the inputs differ, once. A stored text that
 * carries such a comment is ours and is declared again as it is, so that the next preview shows no change.
 */
export function declaredYaml(definition: Definition, stored: string | undefined): string {
  if (stored === undefined || sameDocument(stored, definition.yaml)) {
    const comment = stored?.split("\n").find((line) => line.startsWith(RESTORED));
    return comment === undefined ? definition.yaml : `${comment}\n${definition.yaml}`;
  }
  const edited = createHash("sha256").update(stored.trim()).digest("hex").slice(0, 12);
  return `${RESTORED}${edited}\n${definition.yaml}`;
}

/** Whether two texts are the same document, whatever their layout: the service may re-encode what it stores. */
export function sameDocument(one: string, other: string): boolean {
  try {
    return canonical(parse(one)) === canonical(parse(other));
  } catch {
    return false;
  }
}

function canonical(document: unknown): string {
  return stringify(document, { indent: 2, lineWidth: 0, aliasDuplicateObjects: false });
}
