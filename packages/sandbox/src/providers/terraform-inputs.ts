/** The inputs that the bridge makes of a state that was read. */

import { isObject } from "../objects.ts";
import { equal, isArray, type Properties, type Value } from "./properties.ts";
import type { Field, Fields } from "./terraform.ts";

const NO_MEMBERS: Fields = {};

/** The inputs after a refresh: those there were, with the values of the state. */
export function refreshedInputs(inputs: Value, state: Value): Value {
  if (isArray(inputs) && isArray(state)) {
    return inputs.slice(0, state.length).map((input, index) => refreshedInputs(input, state[index] ?? null));
  }
  if (isObject(inputs) && isObject(state)) {
    const kept = Object.keys(inputs).filter((name) => (state[name] ?? null) !== null);
    return Object.fromEntries(
      kept.map((name) => [name, refreshedInputs(inputs[name] ?? null, state[name] ?? null)]),
    );
  }
  return state;
}

/** The inputs of an import: whatever may be given, is not null and is not the default anyway. */
export function importedInputs(fields: Fields, state: Properties): Properties {
  const inputs: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = state[name] ?? null;
    if (field.mode === "computed" || value === null) continue;
    if (field.mode !== "required" && isDefaultOrZero(field, value)) continue;
    if (field.members && isArray(value)) {
      const { members } = field;
      inputs[name] = value.map((element) => (isObject(element) ? importedInputs(members, element) : element));
    } else inputs[name] = isObject(value) ? importedInputs(field.members ?? NO_MEMBERS, value) : value;
  }
  return inputs;
}

function isDefaultOrZero(field: Field, value: Value): boolean {
  if (field.default !== undefined) return equal(field.default, value);
  return value === "" || value === 0 || value === false || (isArray(value) && value.length === 0);
}
