import { createHash } from "node:crypto";
import * as v from "valibot";
import { parse, stringify } from "yaml";
import { NAMESPACE } from "./config-keys.ts";
import type { EnvironmentNames } from "./names.ts";
import type { LoosePart } from "./pins.ts";

/** What the definition of a stack's Environment depends on. */
export interface DefinitionInputs {
  readonly names: EnvironmentNames;
  /** Revision number or tag of the values to read; the latest when absent. */
  readonly secretsRevision?: string | undefined;
  /** The stack's scripts. None in what `init` writes: the stack itself adds them with its first `up`. */
  readonly scripts?: readonly string[];
  /** Of the config keys. Default: the present one. Versions before 0.2 took the project's name; goes at 1.0. */
  readonly namespace?: string;
}

/** The Environment that a stack declares. It holds references only, so its diffs are clean and reviewable. */
export interface Definition {
  /** `<project>/<name>`. */
  readonly name: string;
  /** Of all three Environments. */
  readonly names: EnvironmentNames;
  /** Canonical YAML: the same inputs give the same bytes. */
  readonly yaml: string;
  /** Of everything but itself; also in the YAML, as the config key `worker-secrets:digest`. */
  readonly digest: string;
}

/**
 * The definition of a stack's Environment.
 *
 * - Imports with `merge: false`: the CLI exports every merged `environmentVariables` to all plugins, and the
 *   Worker's secrets are none of their business.
 * - The values go over whole, as the tree that they are (`environmentVariables` shared by the stack's Workers, and
 *   `workers.<name>` of one): with a line per name, a missing one would fail the CLI's open before the program can say
 *   what is missing, and block `destroy` too.
 * - The names of the scripts are in it, so that one cheap read tells which Workers are this stack's own.
 */
export function defineEnvironment(inputs: DefinitionInputs): Definition {
  const { names, secretsRevision, scripts = [], namespace = NAMESPACE } = inputs;
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
        ...(digest === undefined ? {} : { [`${namespace}:digest`]: digest }),
        [`${namespace}:accountId`]: "${environmentVariables.CLOUDFLARE_ACCOUNT_ID}",
        ...(scripts.length === 0 ? {} : { [`${namespace}:scripts`]: [...scripts].sort() }),
        [`${namespace}:secrets`]: `\${imports["${secrets}"]}`,
      },
    },
  });
  const digest = createHash("sha256")
    .update(canonical(document(undefined)))
    .digest("hex")
    .slice(0, 16);
  return { name: names.definition, names, yaml: canonical(document(digest)), digest };
}

/**
 * The scripts that a stored definition names as its stack's own. Goes at 1.0: the key of a definition that was stored before
 * version 0.2, which had the project's name as the namespace.
 */
export function scriptsOf(stored: string | undefined, project: string): string[] {
  const config = readConfig(stored);
  const scripts = config?.[`${NAMESPACE}:scripts`] ?? config?.[`${project}:scripts`];
  return Array.isArray(scripts) ? scripts.filter((name) => typeof name === "string") : [];
}

function readConfig(stored: string | undefined): Record<string, unknown> | undefined {
  try {
    const document = v.safeParse(storedDocument, stored === undefined ? undefined : parse(stored));
    return document.success ? document.output.values.pulumiConfig : undefined;
  } catch {
    return undefined;
  }
}

const storedDocument = v.object({ values: v.object({ pulumiConfig: v.record(v.string(), v.unknown()) }) });

/** Begins a line in which the definition says what its pin does not hold, for reviewers and policies. */
export const LOOSE_PIN = "# not held by the pin: ";

/** Begins the comment that tells which text a definition took the place of. */
const REPLACES = "# replaces the text ";

/**
 * The YAML to declare, given what is stored now. The engine compares inputs with its own state, so an edit made
 * elsewhere would go unseen: a comment that names the text which is replaced makes the inputs differ, once. A stored
 * text that carries such a comment is ours and is declared again as it is, so that the next preview shows no change.
 * `loose`: what of the pinned values can change, for whoever reviews it.
 */
export function declaredYaml(
  definition: Definition,
  stored: string | undefined,
  loose: readonly LoosePart[] = [],
): string {
  const notes = loose.filter(({ kind }) => kind === "moves");
  const text = [
    ...notes.map(({ revision, what }) => `${LOOSE_PIN}${revision} ${what}\n`),
    definition.yaml,
  ].join("");
  if (stored === undefined || sameDocument(stored, definition.yaml)) {
    const comment = stored?.split("\n").find((line) => line.startsWith(REPLACES));
    return comment === undefined ? text : `${comment}\n${text}`;
  }
  const edited = createHash("sha256").update(stored.trim()).digest("hex").slice(0, 12);
  return `${REPLACES}${edited}\n${text}`;
}

/** Whether two texts are the same document, whatever their layout: the service may re-encode what it stores. */
export function sameDocument(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return canonical(parse(one)) === canonical(parse(other));
  } catch {
    return false;
  }
}

function canonical(document: unknown): string {
  return stringify(document, { indent: 2, lineWidth: 0, aliasDuplicateObjects: false });
}
