import { parseDocument } from "yaml";
import { ServiceError } from "../../api/http.ts";
import type { PulumiClient } from "../../api/pulumi.ts";
import type { Fault } from "../../program/faults.ts";
import type { ValueOrigin } from "./value-origin.ts";

/** A value that comes from elsewhere, and where a literal was about to hide it. */
export interface Covered {
  /** The Environment that would be written. */
  readonly environment: string;
  /** Of the value, from the top, without `values`. */
  readonly path: readonly string[];
  /** As messages name it: `NAME` or `WORKER.NAME`. */
  readonly name: string;
  readonly origin: ValueOrigin;
  /** The option that stores a literal all the same. */
  readonly way: string;
}

/** The refusal, with the Environment that has the value where it can be found. */
export async function coveredFault(client: PulumiClient, yaml: string, covered: Covered): Promise<Fault> {
  const { environment, path, name, origin, way } = covered;
  const at = path.join(".");
  const [from, there] =
    origin.kind === "import"
      ? await importThatHas(client, yaml, path)
      : [wording(origin), `pulumi env edit ${environment}`];
  return {
    where: `Environment ${environment}, ${at}`,
    what: `the value of '${name}' comes from ${from}; a literal here would hide it, and a change there would no longer arrive`,
    fix: `Change it there: ${there}. To store a value here all the same: ${way}`,
  };
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
  client: PulumiClient,
  yaml: string,
  path: readonly string[],
): Promise<readonly [string, string]> {
  for (const name of importsOf(yaml).reverse()) {
    const [environment = ""] = name.split("@");
    const full = environment.includes("/") ? environment : `default/${environment}`;
    try {
      const opened: unknown = await client.openEnvironment(full);
      if (!has(opened, path)) continue;
      return [
        `the imported Environment ${name}`,
        `pulumi env set ${full} ${path.join(".")} --secret -f - (or where ${full} has it from)`,
      ];
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  }
  return ["an imported Environment", "pulumi env get shows the imports"];
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
