import { ServiceError } from "../api/http.ts";
import { pulumiClient } from "../api/pulumi.ts";
import { type Fault, refuseIfAny } from "../faults.ts";
import { membersOf } from "../objects.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { sameDocument } from "./definition.ts";
import type { LoosePart } from "./pins.ts";
import { formFault, type SecretForm } from "./secret-forms.ts";
import { ownSecrets, valueNames } from "./secret-names.ts";
import type { Settings } from "./settings.ts";

/** One Worker's declared names with their values, sorted by name. In clear, in memory only. */
export type SecretValues = ReadonlyMap<string, string>;

/** The values of every Worker of the stack, by the Worker's name. */
export type WorkerValues = ReadonlyMap<string, SecretValues>;

/** The largest value, in bytes of UTF-8: Cloudflare's 5 KB (API error 10054). */
export const MAX_VALUE_BYTES = 5 * 1024;

/**
 * The values of the declared names. What the engine imported is used when it came from the definition that this
 * program declares; else (a new pin, a changed mapping, an edit elsewhere) the declared definition itself is opened,
 * so that values are exact in the very run that changes it, at preview too.
 */
export async function resolveValues(
  settings: Settings,
  observed: { readonly storedDefinition: string | undefined; readonly looseParts: readonly LoosePart[] },
): Promise<WorkerValues> {
  const { imported, definition } = settings;
  const current =
    imported.digest === definition.digest &&
    observed.storedDefinition !== undefined &&
    sameDocument(observed.storedDefinition, definition.yaml);
  const secrets = current ? imported.secrets : await openDeclared(settings);
  const { values, faults, undeclared } = checkValues(settings, secrets);
  refuseIfAny(faults);
  if (undeclared.length > 0) await reportUndeclared(settings, undeclared);
  if (observed.looseParts.length > 0)
    await (await import("./read-pin.ts")).reportLooseParts(settings, observed.looseParts);
  return values;
}

async function openDeclared({ endpoints, organization, definition }: Settings): Promise<unknown> {
  try {
    const client = pulumiClient(endpoints.pulumi.url, endpoints.pulumi.token, organization);
    const opened = await client.openDocument(definition.yaml);
    const config = opened.pulumiConfig;
    return typeof config === "object" && config !== null
      ? Object.entries(config).find(([key]) => key === `${NAMESPACE}:secrets`)?.[1]
      : undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    refuseIfAny([
      {
        where: `Environment ${definition.name}, as this stack declares it`,
        what: `it can't be opened: ${error.message}`,
        fix: `Look at what it imports: pulumi env open ${definition.names.secrets}, pulumi env open ${definition.names.cloudflare}`,
      },
    ]);
    return undefined;
  }
}

/** The values as their Environment holds them: shared by the stack's Workers, and one Worker's own, which win. */
export interface ValueTree {
  /** `environmentVariables`: the place that the tutorial's own commands use. */
  readonly shared: Readonly<Record<string, unknown>>;
  /** `workers.<name>`. */
  readonly own: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Reads the tree out of what came from ESC; what is not there is empty. */
export function valueTree(opened: unknown): ValueTree {
  const { environmentVariables, workers } = membersOf(opened);
  return {
    shared: membersOf(environmentVariables),
    own: Object.fromEntries(
      Object.entries(membersOf(workers)).map(([name, values]) => [name, membersOf(values)]),
    ),
  };
}

/** What is wrong with a declared name: it has no usable value, or one that the program passes as well. */
export interface ValueFault extends Fault {
  readonly kind: "unusable" | "conflict";
}

/** Pure: the declared names against what came out of ESC. No text in here holds a value. */
export function checkValues(
  settings: Pick<Settings, "names" | "workers">,
  secrets: unknown,
): { values: WorkerValues; faults: ValueFault[]; undeclared: string[] } {
  const tree = valueTree(secrets);
  const faults: ValueFault[] = [];
  const values = settings.workers.map(
    (worker) => [worker.name, valuesOf(worker, tree, settings, faults)] as const,
  );
  return { values: new Map(values), faults, undeclared: undeclaredValues(settings.workers, tree) };
}

function valuesOf(
  worker: DeclaredWorker,
  tree: ValueTree,
  { names, workers }: Pick<Settings, "names" | "workers">,
  faults: ValueFault[],
): SecretValues {
  const environment = names.secrets;
  const own = tree.own[worker.name] ?? {};
  const values = new Map<string, string>();
  const required = worker.config.requiredSecrets;
  for (const name of valueNames(worker).sort()) {
    const [path, value] = Object.hasOwn(own, name)
      ? [`workers.${worker.name}.${name}`, own[name]]
      : [`environmentVariables.${name}`, Object.hasOwn(tree.shared, name) ? tree.shared[name] : undefined];
    if (value === undefined && !required.includes(name)) continue;
    const form = worker.secretForms.get(name);
    const what = valueFault(name, value, form === undefined ? [] : [form]);
    if (what === undefined && typeof value === "string") {
      values.set(name, value);
      continue;
    }
    const alone = workers.length > 1 ? `, or for this Worker alone at workers.${worker.name}.${name}` : "";
    faults.push({
      kind: "unusable",
      where: `Environment ${environment}, ${path}`,
      what: what ?? "it can't be read",
      fix: `Set it: pulumi env set ${environment} ${path} --secret -f -${alone}   (declared at ${worker.config.whereIs(["secrets", "required", required.indexOf(name)])})`,
    });
  }
  const heldToo = worker.programSecrets.flatMap((name) => pathsHolding(name, worker, tree, workers));
  for (const { name, path } of heldToo)
    faults.push({
      kind: "conflict",
      where: `Environment ${environment}, ${path}`,
      what: `'${name}' of the Worker '${worker.name}' has a value here, and the program passes one too (programSecrets): only one place can give it`,
      fix: `Keep the program's: pulumi env rm ${environment} ${path}. To keep this one, take the name out of programSecrets in the Worker's entry of ${NAMESPACE}:workers, and out of the program.`,
    });
  return values;
}

/** Where the Environment has a value for a name that the program passes to a Worker. A shared value may be another Worker's. */
function pathsHolding(
  name: string,
  worker: DeclaredWorker,
  { shared, own }: ValueTree,
  workers: readonly DeclaredWorker[],
): { readonly name: string; readonly path: string }[] {
  const isOthers = workers.some((other) => valueNames(other).includes(name));
  return [
    ...(Object.hasOwn(own[worker.name] ?? {}, name)
      ? [{ name, path: `workers.${worker.name}.${name}` }]
      : []),
    ...(Object.hasOwn(shared, name) && !isOthers ? [{ name, path: `environmentVariables.${name}` }] : []),
  ];
}

/** What has a value and is declared nowhere, by its path. */
function undeclaredValues(workers: readonly DeclaredWorker[], tree: ValueTree): string[] {
  // A value that the program passes as well is a fault, not a value that nothing declares.
  const declares = (worker: DeclaredWorker, name: string) => ownSecrets(worker).includes(name);
  const shared = Object.keys(tree.shared)
    .filter((name) => !workers.some((worker) => declares(worker, name)))
    .map((name) => `environmentVariables.${name}`);
  const own = Object.entries(tree.own).flatMap(([key, values]) => {
    const worker = workers.find(({ name }) => name === key);
    return Object.keys(values)
      .filter((name) => worker === undefined || !declares(worker, name))
      .map((name) => `workers.${key}.${name}`);
  });
  return [...shared, ...own].sort();
}

/**
 * Why a value can't be a secret's, without saying it; `undefined` when it can. `forms`: what the Workers that get it declare
 * of it.
 */
export function valueFault(
  name: string,
  value: unknown,
  forms: readonly SecretForm[] = [],
): string | undefined {
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
  return formFault(name, value, forms);
}

async function reportUndeclared({ names, workers }: Settings, paths: readonly string[]): Promise<void> {
  const { log } = await import("@pulumi/pulumi");
  const files = workers.map(({ config }) => config.whereIs(["secrets", "required"]));
  await log.warn(
    `Not bound, because no declaration names them: ${paths.join(", ")} (values in ${names.secrets}). ` +
      `Declare them at ${files.join(" or ")}, or remove them there: pulumi env rm ${names.secrets} PATH`,
  );
}
