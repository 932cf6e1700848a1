import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { nameSome } from "../faults.ts";
import { isObject, membersOf } from "../objects.ts";
import type { EnvironmentNames } from "./names.ts";

/**
 * The Environment tag by which a stack recognizes its Environments; its value is `organization/project/stack`. The
 * service documents no rules for these tags' names beyond "Invalid tag name or value" (400), so the name keeps to
 * letters and dashes, and below the 40 characters that the CLI allows a stack's tag (`pkg/util/validation/stack.go`).
 */
export const MARK = "worker-secrets-stack";

/** The stack that Environments belong to. The organization is the stack's own, not that of the Environments. */
export interface Owner {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
}

/** The mark's value. */
export function markOf({ organization, project, stack }: Owner): string {
  return `${organization}/${project}/${stack}`;
}

/** Whose an Environment is, as far as its mark and its text tell. */
export type Standing =
  /** It carries the stack's mark. */
  | { readonly kind: "marked" }
  /** No mark, and nothing in it that exists nowhere else: the stack may mark it. */
  | { readonly kind: "unclaimed" }
  /** No mark, or another stack's (`mark`), and content of its own. */
  | { readonly kind: "foreign"; readonly mark: string | undefined };

/**
 * Pure. `isForm` tells whether a text has the form that this stack itself gives to the Environment.
 *
 * An empty Environment counts as unclaimed: between the service's call that creates one and the call that marks it, an
 * interruption leaves exactly that, and nothing is lost with a text that holds nothing.
 */
export function standingOf(
  { mark, yaml }: { readonly mark: string | undefined; readonly yaml: string },
  owner: Owner,
  isForm: (yaml: string) => boolean,
): Standing {
  if (mark === markOf(owner)) return { kind: "marked" };
  return mark === undefined && (isBlank(yaml) || isForm(yaml))
    ? { kind: "unclaimed" }
    : { kind: "foreign", mark };
}

/** Holds nothing, not even a comment. */
export function isBlank(yaml: string): boolean {
  return /^(\s|---|\{\}|values:|imports:|\[\])*$/.test(yaml);
}

const REVISION = /@.*$/;
const REFERENCE = /^\$\{[^{}]*\}$/;

/**
 * Whether a text is a definition of this stack, by any version of this package: the imports of its two value
 * Environments, references to them, the digest and the scripts' names. Such a text can be replaced: it can be made
 * again from the files. Layout and comments don't count, since the service may encode again what it stores.
 */
export function hasDefinitionForm(
  yaml: string,
  names: Pick<EnvironmentNames, "cloudflare" | "secrets">,
): boolean {
  const document = membersOf(parsed(yaml));
  const values = membersOf(document.values);
  const config = membersOf(values.pulumiConfig);
  const variables = values.environmentVariables;
  if (!isObject(variables)) return false;
  const imports = Array.isArray(document.imports) ? document.imports.map(unmergedImport) : [];
  return (
    only(document, ["imports", "values"]) &&
    only(values, ["environmentVariables", "pulumiConfig"]) &&
    isDeepStrictEqual(imports, [names.cloudflare, names.secrets]) &&
    only(variables, ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"]) &&
    Object.values(variables).every(isReference) &&
    Object.keys(config).some((key) => key.endsWith(":digest")) &&
    Object.entries(config).every(isOwnConfig)
  );
}

/** The name in `{NAME@REVISION: {merge: false}}`, without the revision. */
function unmergedImport(entry: unknown): string | undefined {
  const [[name, options] = ["", undefined], ...rest] = Object.entries(membersOf(entry));
  return rest.length === 0 && isDeepStrictEqual(options, { merge: false })
    ? name.replace(REVISION, "")
    : undefined;
}

function isOwnConfig([key, value]: readonly [string, unknown]): boolean {
  const name = key.slice(key.indexOf(":") + 1);
  if (name === "digest") return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
  if (name === "scripts") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return ["accountId", "secrets"].includes(name) && isReference(value);
}

function isReference(value: unknown): boolean {
  return typeof value === "string" && REFERENCE.test(value);
}

function only(object: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(object).every((key) => keys.includes(key));
}

/** Most names that a message lists. */
const MOST_NAMES = 12;

/** What a text holds, by names alone: its imports, and the path of every value. Never a value. */
export function namesHeld(yaml: string): string {
  const document = parsed(yaml);
  const { imports, values, ...others } = membersOf(document);
  const imported = (Array.isArray(imports) ? imports : []).map(
    (entry) =>
      `an import of ${typeof entry === "string" ? entry : (Object.keys(membersOf(entry))[0] ?? "?")}`,
  );
  const paths = [...pathsOf(values, []), ...Object.keys(others)];
  const all = [...paths, ...imported].map(printable);
  if (all.length === 0) return !isObject(document) ? "a text that is no mapping" : "nothing but comments";
  return nameSome(all, MOST_NAMES);
}

/** A call (`fn::…`) is a value: what it is called with can be a secret. */
function pathsOf(value: unknown, path: readonly string[]): string[] {
  const members = Object.entries(membersOf(value));
  if (members.length === 0 || members.some(([key]) => key.startsWith("fn::")))
    return path.length === 0 ? [] : [path.join(".")];
  return members.flatMap(([key, member]) => pathsOf(member, [...path, key]));
}

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e ]/g, "?").slice(0, 100);
}

function parsed(yaml: string): unknown {
  try {
    return parse(yaml) as unknown;
  } catch {
    return undefined;
  }
}
