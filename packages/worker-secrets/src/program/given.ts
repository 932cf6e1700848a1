import type { Fault } from "../faults.ts";
import { NAMESPACE } from "./config-keys.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { valueNames } from "./secret-names.ts";
import type { Settings } from "./settings.ts";
import { RESOURCE_TYPES } from "./worker-entries.ts";

/** What the program passes to a Worker's constructor, by name. */
export interface Given<T = unknown> {
  readonly secrets: Readonly<Record<string, T>>;
  readonly bindings: Readonly<Record<string, T>>;
}

type Named = Pick<
  DeclaredWorker,
  "name" | "config" | "optionalSecrets" | "externalSecrets" | "programSecrets" | "resources"
>;

/**
 * Pure: the names that the program passes against those that the stack's config declares. The commands read the config without running
 * the program, so a name that only one of the two has would be missing, or undeclared, for the other.
 */
export function givenFaults(
  worker: Named,
  given: Given,
  settings: Pick<Settings, "stack" | "names">,
): Fault[] {
  const place = { worker, where: `SecretWorker '${worker.name}'`, entry: entryOf(worker, settings) };
  return [
    ...secretFaults(place, passed(given.secrets), settings),
    ...bindingFaults(place, passed(given.bindings)),
  ];
}

interface Place {
  readonly worker: Named;
  readonly where: string;
  /** The Worker's entry in the stack's config, for messages. */
  readonly entry: string;
}

function entryOf({ name }: Named, { stack }: Pick<Settings, "stack">): string {
  return `the entry of '${name}' in ${NAMESPACE}:workers (Pulumi.${stack}.yaml)`;
}

/** In JavaScript a value may be missing although its name is there. */
function passed(values: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined && values[name] !== null);
}

function secretFaults(
  { worker, where, entry }: Place,
  names: readonly string[],
  { names: environments }: Pick<Settings, "names">,
): Fault[] {
  const { programSecrets, config } = worker;
  const undeclared = names.filter((name) => !programSecrets.includes(name));
  const line = `programSecrets: [${[...programSecrets, ...undeclared].join(", ")}]`;
  const missing = programSecrets
    .filter((name) => !names.includes(name))
    .map((name) => ({
      where,
      what: `programSecrets lists '${name}', and the program passes no value for it`,
      fix: `Pass it: new SecretWorker("${worker.name}", { plan, secrets: { ${name}: … } }). Or take the name out of ${entry}.`,
    }));
  const others = undeclared.map((name): Fault => {
    const what = `the program passes the secret '${name}', `;
    if (worker.externalSecrets.includes(name))
      return {
        where,
        what: `${what}which externalSecrets leaves to somebody else`,
        fix: `Leave it out of 'secrets', or move the name in ${entry}: ${line}`,
      };
    if (Object.hasOwn(config.vars, name))
      return {
        where,
        what: `${what}which is a variable of ${config.file}`,
        fix: `Take it out of 'vars' at ${config.whereIs(["vars", name])}, and write into ${entry}: ${line}`,
      };
    if (config.bindings.some((binding) => binding.name === name))
      return {
        where,
        what: `${what}which is a binding of ${config.file}`,
        fix: "Pass the resource's id or name in 'bindings' instead.",
      };
    if (valueNames(worker).includes(name))
      return {
        where,
        what: `${what}whose value comes from the Environment ${environments.secrets}`,
        fix: `Leave it out of 'secrets'. To take the program's value, write into ${entry}: ${line}, and remove the stored one: pulumi env rm ${environments.secrets} environmentVariables.${name}`,
      };
    return {
      where,
      what: `${what}which nothing declares: the commands would take it for somebody else's`,
      fix: `Write into ${entry}: ${line}`,
    };
  });
  return [...missing, ...others];
}

function bindingFaults({ worker, where, entry }: Place, names: readonly string[]): Fault[] {
  const { config, resources } = worker;
  const missing = [...resources]
    .filter(([name, { from }]) => from === "program" && !names.includes(name))
    .map(([name]) => ({
      where,
      what: `'resources' has ${name}: {program: true}, and the program passes nothing for the binding`,
      fix: `Pass the id (KV, D1) or name (R2, queue): new SecretWorker("${worker.name}", { plan, bindings: { ${name}: … } }). Or change it in ${entry}.`,
    }));
  const others = names.flatMap((name): Fault[] => {
    const source = resources.get(name)?.from;
    if (source === "program") return [];
    const type = config.bindings.find((binding) => binding.name === name)?.type;
    const line = `resources: {${name}: {program: true}}`;
    if (type === undefined || !RESOURCE_TYPES.includes(type))
      return [
        {
          where,
          what: `the program passes the binding '${name}', and ${config.file} has no KV, D1, R2 or queue binding of this name`,
          fix: worker.programSecrets.includes(name)
            ? "Pass it in 'secrets' instead."
            : `Declare the binding there, and write into ${entry}: ${line}`,
        },
      ];
    return [
      {
        where,
        what: `the program passes the binding '${name}', ${source === undefined ? "which nothing declares as the program's" : "and 'resources' says that something else stands behind it"}`,
        fix: `Write into ${entry}: ${line}`,
      },
    ];
  });
  return [...missing, ...others];
}
