import { parseDocument } from "yaml";
import { ServiceError } from "../../api/http.ts";
import type { PulumiClient } from "../../api/pulumi.ts";
import type { Fault } from "../../faults.ts";
import { placeOf } from "./init-environments.ts";
import { blockedParent, isOwn, type ValueOrigin, valueOrigin } from "./value-origin.ts";

/** The Environment that would be written. */
export interface WrittenText {
  readonly client: PulumiClient;
  readonly environment: string;
  /** Its text; empty for one that does not exist. */
  readonly yaml: string;
}

/** A literal that is about to be stored. */
export interface NewLiteral {
  readonly name: string;
  /** Of this Worker alone; else shared. */
  readonly worker: string | undefined;
  /** Whether the opened Environment has a value there. */
  readonly opened: boolean;
  /** The option that stores a literal over what comes from elsewhere; `undefined` where it was given. */
  readonly way: string | undefined;
}

/**
 * The literals that can't be stored: those that would hide where a value comes from, unless that was asked for, and those
 * below something that is no mapping, in any case.
 */
export async function coveredFaults(text: WrittenText, literals: readonly NewLiteral[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  const blocked = new Map<string, { readonly origin: ValueOrigin; readonly names: string[] }>();
  for (const literal of literals) {
    const path = placeOf(literal);
    const parent = blockedParent(text.yaml, path);
    if (parent !== undefined) {
      const at = parent.path.join(".");
      const names = [...(blocked.get(at)?.names ?? []), shownName(literal)];
      blocked.set(at, { origin: parent.origin, names });
      continue;
    }
    const origin = valueOrigin(text.yaml, path, literal.opened);
    if (literal.way !== undefined && !isOwn(origin))
      faults.push(await coveredFault(text, literal, origin, literal.way));
  }
  for (const [at, { origin, names }] of blocked)
    faults.push(blockedFault(text.environment, at, origin, names));
  return faults;
}

function blockedFault(environment: string, at: string, origin: ValueOrigin, names: readonly string[]): Fault {
  const shown = at.replace(/^values\./, "");
  return {
    where: `Environment ${environment}, ${shown}`,
    what: isOwn(origin)
      ? `it is no mapping, so ${names.join(", ")} can't be stored in it`
      : `all of it comes from ${wording(origin)}, so ${names.join(", ")} can't be stored in it`,
    fix: `Change the value where it comes from, or make '${shown}' a mapping with values of its own: pulumi env edit ${environment}`,
  };
}

/** The refusal, with the Environment that has the value where it can be found. */
async function coveredFault(
  text: WrittenText,
  literal: NewLiteral,
  origin: ValueOrigin,
  way: string,
): Promise<Fault> {
  const { environment } = text;
  const path = placeOf(literal).slice(1);
  const [from, there] =
    origin.kind === "import"
      ? await importThatHas(text, path)
      : [wording(origin), `pulumi env edit ${environment}`];
  return {
    where: `Environment ${environment}, ${path.join(".")}`,
    what: `the value of '${shownName(literal)}' comes from ${from}; a literal here would hide it, and a change there would no longer arrive`,
    fix: `Change it there: ${there}. To store a value here all the same: ${way}`,
  };
}

function shownName({ name, worker }: NewLiteral): string {
  return worker === undefined ? name : `${worker}.${name}`;
}

function wording(origin: ValueOrigin): string {
  switch (origin.kind) {
    case "reference":
      return `the reference ${origin.to}`;
    case "anchor":
      return "a YAML anchor that other values use too";
    case "rotator":
      return "a rotator (fn::rotate)";
    case "provider":
      return `the function ${origin.name}`;
    default:
      return "elsewhere";
  }
}

/** The last import that has the value wins, so they are opened from the end. One that can't be opened is passed over. */
async function importThatHas(
  { client, environment, yaml }: WrittenText,
  path: readonly string[],
): Promise<readonly [string, string]> {
  for (const name of importsOf(yaml).reverse()) {
    const { organization, full, version } = importedName(name, client.organization);
    try {
      const of = client.forOrganization(organization);
      const opened: unknown = await of.openEnvironment(version === undefined ? full : `${full}@${version}`);
      if (!has(opened, path)) continue;
      const shown = organization === client.organization ? full : `${organization}/${full}`;
      const raise =
        version === undefined ? "" : `, then raise '@${version}' in the imports of ${environment}`;
      return [
        `the imported Environment ${name}`,
        `pulumi env set ${shown} ${path.join(".")} --secret -f - (or where ${shown} has it from)${raise}`,
      ];
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  }
  return ["an imported Environment", "pulumi env get shows the imports"];
}

/** `[[organization/]project/]name[@version]`; without a project, it is of `default`. */
function importedName(name: string, own: string) {
  const [path = "", version] = name.split("@");
  const segments = path.split("/");
  const [organization, full] =
    segments.length > 2
      ? [segments[0] ?? own, segments.slice(1).join("/")]
      : [own, segments.length === 1 ? `default/${path}` : path];
  return { organization, full, version };
}

/** Names of the imports that are merged, in their order. */
function importsOf(yaml: string): string[] {
  const { imports } = Object(parseDocument(yaml).toJS()) as { imports?: unknown };
  if (!Array.isArray(imports)) return [];
  return imports.flatMap((one: unknown) => {
    if (typeof one === "string") return [one];
    const [entry] = Object.entries(Object(one));
    return entry === undefined || Object(entry[1]).merge === false ? [] : [entry[0]];
  });
}

function has(value: unknown, path: readonly string[]): boolean {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = Reflect.get(at, key);
  }
  return true;
}
