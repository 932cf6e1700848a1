import { propertiesOf, valueText } from "./json-values.ts";
import { isExactNumber } from "./numbers.ts";
import { parsePath } from "./paths.ts";
import type { EscEnvironment, EscValue } from "./wire.ts";

/** The parts of an environment that its users read. */
export interface EnvironmentParts {
  /** Values of environment variables, as text. */
  environmentVariables: Record<string, string>;
  /** Contents of files by the variable that will hold each one's path. */
  files: Record<string, string>;
  /** Stack configuration: `namespace:key` to value. */
  pulumiConfig: Record<string, EscValue>;
  /** Names of those variables and files that are secret. */
  secrets: Set<string>;
}

/** Splits an environment into variables, files and stack configuration. Lists and objects are no variables. */
export function environmentParts(environment: EscEnvironment): EnvironmentParts {
  const secrets = new Set<string>();
  const texts = (name: string): Record<string, string> => {
    const found: [string, string][] = [];
    for (const [key, value] of Object.entries(propertiesOf(environment.properties?.[name]) ?? {})) {
      const text = valueText(value);
      if (text === undefined) continue;
      found.push([key, text]);
      if (value.secret) secrets.add(key);
    }
    return Object.fromEntries(found);
  };
  return {
    environmentVariables: texts("environmentVariables"),
    files: texts("files"),
    pulumiConfig: propertiesOf(environment.properties?.pulumiConfig) ?? {},
    secrets,
  };
}

/** The value at a property path such as `a.b["c"][0]`; the whole environment for an empty path. */
export function lookup(environment: EscEnvironment, path: string): EscValue | undefined {
  const steps = parsePath(path);
  if (!Array.isArray(steps)) return undefined;
  const nowhere = {
    environment: "",
    begin: { line: 0, column: 0, byte: 0 },
    end: { line: 0, column: 0, byte: 0 },
  };
  let value: EscValue = { value: environment.properties ?? {}, trace: { def: nowhere } };
  for (const step of steps) {
    const next = memberOf(value, step);
    if (!next) return undefined;
    value = next;
  }
  return value;
}

function memberOf(value: EscValue, step: string | number): EscValue | undefined {
  const { value: content } = value;
  if (typeof content !== "object" || isExactNumber(content)) return undefined;
  if (Array.isArray(content)) return typeof step === "number" ? content[step] : undefined;
  return typeof step === "string" && Object.hasOwn(content, step) ? content[step] : undefined;
}
