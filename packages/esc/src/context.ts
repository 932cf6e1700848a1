import { importValue } from "./export-value.ts";
import { jsonToValue } from "./json-values.ts";
import { noLocation } from "./ranges.ts";
import { newTerm } from "./terms.ts";
import type { Value } from "./values.ts";
import type { EscValue, JsonValue } from "./wire.ts";

/** The name of a document that is not stored anywhere. */
export const anonymousEnvironment = "<yaml>";

/** The environment that `context.rootEnvironment` names: the first one with a name on the way from the root. */
export function rootNameFor(parentRoot: string | undefined, name: string): string {
  return parentRoot === undefined || parentRoot === "" || parentRoot === anonymousEnvironment
    ? name
    : parentRoot;
}

/** What the service says about an evaluation, with the names that the evaluator adds. */
export function contextValues(
  given: Record<string, JsonValue>,
  rootEnvironment: string,
  currentEnvironment: string,
): Record<string, EscValue> {
  const names = {
    rootEnvironment: { name: rootEnvironment },
    currentEnvironment: { name: currentEnvironment },
  };
  return Object.fromEntries(Object.entries({ ...given, ...names }).map(([key, v]) => [key, jsonToValue(v)]));
}

/** The value that `context` refers to. */
export function contextValue(values: Record<string, EscValue>): Value {
  const definition = newTerm("", noLocation, { kind: "missing" }, true);
  definition.state = "done";
  return importValue({ value: values, trace: jsonToValue(null).trace }, definition);
}
