import { ServiceError } from "../service/http.ts";
import { pulumiClient } from "../service/pulumi.ts";
import { sameDocument } from "./definition.ts";
import { type Fault, refuseIfAny } from "./faults.ts";
import type { Observed } from "./observe.ts";
import type { Settings } from "./settings.ts";

/** The declared names with their values, sorted by name. In clear, in memory only. */
export type SecretValues = ReadonlyMap<string, string>;

/** The largest value, in bytes of UTF-8: Cloudflare's 5 KB (API error 10054). */
export const MAX_VALUE_BYTES = 5 * 1024;

/**
 * The values of the declared names. What the engine imported is used when it came from the definition that this
 * program declares; else (a new pin, a changed mapping, an edit elsewhere) the declared definition itself is opened,
 * so that values are exact in the very run that changes it, at preview too.
 */
export async function resolveValues(settings: Settings, observed: Observed): Promise<SecretValues> {
  const { imported, definition } = settings;
  const current =
    imported.digest === definition.digest &&
    observed.storedDefinition !== undefined &&
    sameDocument(observed.storedDefinition, definition.yaml);
  const secrets = current ? imported.secrets : await openDeclared(settings);
  const { values, faults, undeclared } = checkValues(settings, secrets);
  refuseIfAny(faults);
  if (undeclared.length > 0) await reportUndeclared(settings, undeclared);
  return values;
}

async function openDeclared({ endpoints, organization, definition, project }: Settings): Promise<unknown> {
  try {
    const client = pulumiClient(endpoints.pulumi.url, endpoints.pulumi.token, organization);
    const opened = await client.openDocument(definition.yaml);
    const config = opened.pulumiConfig;
    return typeof config === "object" && config !== null
      ? Object.entries(config).find(([key]) => key === `${project}:secrets`)?.[1]
      : undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    refuseIfAny([
      {
        where: `Environment ${definition.name}, as this stack declares it`,
        what: `it can't be opened: ${error.message}`,
        fix: `Look at what it imports: pulumi env open ${definition.name}-secrets, pulumi env open ${definition.name}-cloudflare`,
      },
    ]);
    return undefined;
  }
}

/** Pure: the declared names against what came out of ESC. No text in here holds a value. */
export function checkValues(
  settings: Pick<Settings, "project" | "stack" | "worker">,
  secrets: unknown,
): { values: SecretValues; faults: Fault[]; undeclared: string[] } {
  const environment = `${settings.project}/${settings.stack}-secrets`;
  const found: Record<string, unknown> =
    typeof secrets === "object" && secrets !== null && !Array.isArray(secrets) ? { ...secrets } : {};
  const names = settings.worker.requiredSecrets;
  const values = new Map<string, string>();
  const faults: Fault[] = [];
  for (const name of [...names].sort()) {
    const value = Object.hasOwn(found, name) ? found[name] : undefined;
    const what = valueFault(name, value);
    if (what === undefined && typeof value === "string") values.set(name, value);
    else {
      faults.push({
        where: `Environment ${environment}, environmentVariables.${name}`,
        what: what ?? "it can't be read",
        fix: `Set it: pulumi env set ${environment} environmentVariables.${name} --secret -f -   (declared at ${settings.worker.whereIs(["secrets", "required", names.indexOf(name)])})`,
      });
    }
  }
  return {
    values,
    faults,
    undeclared: Object.keys(found)
      .filter((name) => !names.includes(name))
      .sort(),
  };
}

function valueFault(name: string, value: unknown): string | undefined {
  if (value === undefined) return `'${name}' is declared but has no value`;
  if (typeof value !== "string") {
    const kind =
      value === null
        ? "null"
        : Array.isArray(value)
          ? "a list"
          : typeof value === "object"
            ? "an object"
            : `a ${typeof value}`;
    return `'${name}' is ${kind}, not a text (YAML reads an unquoted 0123 as the number 83: quote it)`;
  }
  if (value === "") return `'${name}' is empty`;
  const bytes = Buffer.byteLength(value, "utf8");
  if (bytes > MAX_VALUE_BYTES)
    return `'${name}' has ${bytes} bytes; a Worker's secret takes at most ${MAX_VALUE_BYTES} (10054)`;
  return undefined;
}

async function reportUndeclared(
  { project, stack, worker }: Settings,
  names: readonly string[],
): Promise<void> {
  const { log } = await import("@pulumi/pulumi");
  await log.warn(
    `Not bound, because no declaration names them: ${names.join(", ")} (values in ${project}/${stack}-secrets). ` +
      `Declare them at ${worker.whereIs(["secrets", "required"])}, or remove them there: pulumi env rm ${project}/${stack}-secrets environmentVariables.NAME`,
  );
}
