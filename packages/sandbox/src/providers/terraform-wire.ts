/** Between properties and the API's JSON, and what an answer makes of the state: reference/cloudflare-api.md 2.1. */

import { isObject } from "../objects.ts";
import { equal, type Properties, UNKNOWN, type Value } from "./properties.ts";
import { type Field, type Fields, memberAt, within } from "./terraform.ts";

/**
 * The JSON body: what may be given, is known and is not null, by name. With `before`, the state that is updated, what is in it and
 * not planned any more goes as an explicit null.
 */
export function toWire(fields: Fields, properties: Properties, before?: Properties): Properties {
  const body: [string, Value][] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.wire === false || field.mode === "computed") continue;
    const value = properties[name] ?? null;
    const old = before?.[name] ?? null;
    if (value === UNKNOWN || (value === null && old === null)) continue;
    body.push([wireName(name, field), value === null ? null : toWireValue(field, value, old)]);
  }
  return Object.fromEntries(body.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function toWireValue(field: Field, value: Value, old: Value): Value {
  if (field.json && typeof value === "string") return parsed(value);
  return within(field, value, (members, element, key) => {
    const before = key === undefined ? old : memberAt(old, key);
    return toWire(members, element, isObject(before) ? before : undefined);
  });
}

/** The error of JSON.parse quotes the text, and a key is one. */
function parsed(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new Error("a value that has to be a text with JSON in it is no JSON");
  }
}

/** What an answer says, by property. A member that is missing in it is missing here. */
export function fromWire(fields: Fields, body: Properties): Properties {
  const properties: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.wire === false) continue;
    const value = body[wireName(name, field)];
    if (value !== undefined) properties[name] = fromWireValue(field, value);
  }
  return properties;
}

function fromWireValue(field: Field, value: Value): Value {
  if (field.json && value !== null) return typeof value === "string" ? value : JSON.stringify(value);
  return within(field, value, (members, element) => fromWire(members, element));
}

/** The state after a create or update: the plan, and what the answer says where the server is asked, at every depth. */
export function settle(fields: Fields, planned: Properties, answer: Properties): Properties {
  const state: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = planned[name] ?? null;
    const said = answer[name] ?? null;
    if (field.wire === false) state[name] = value === UNKNOWN ? null : value;
    else if (field.mode === "computed" || value === UNKNOWN) state[name] = said;
    else if (value === null) state[name] = field.mode === "both" ? said : null;
    else {
      state[name] = within(field, value, (members, element, key) => {
        const part = key === undefined ? said : memberAt(said, key);
        return settle(members, element, isObject(part) ? part : {});
      });
    }
  }
  return state;
}

/**
 * The state after a read. What the answer does not say becomes null, but for nested objects that the server fills in: those stay
 * (tried with the real plugin).
 */
export function refresh(fields: Fields, state: Properties, answer: Properties): Properties {
  const result: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const before = state[name] ?? null;
    const said = answer[name] ?? null;
    if (field.wire === false || field.kept) result[name] = before;
    else if (field.json && sameJson(before, said)) result[name] = before;
    else if (said === null && field.members && isObject(before)) {
      const filledIn = field.mode === "both" || field.mode === "computed";
      result[name] = filledIn ? before : refresh(field.members, before, {});
    } else {
      result[name] = within(field, said, (members, element, key) => {
        const old = key === undefined ? before : memberAt(before, key);
        return refresh(members, isObject(old) ? old : {}, element);
      });
    }
  }
  return result;
}

/** Two texts with the same JSON in them are the same value, and the one in the state stays. */
function sameJson(a: Value, b: Value): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  try {
    return equal(JSON.parse(a) as Value, JSON.parse(b) as Value);
  } catch {
    return false;
  }
}

/** As `refresh`, for the resource that keeps whatever the answer does not say, but for lists and the like. */
export function overlay(fields: Fields, state: Properties, answer: Properties): Properties {
  const result: Record<string, Value> = { ...state };
  for (const [name, field] of Object.entries(fields)) {
    const value = answer[name] ?? null;
    const before = state[name];
    if (field.wire === false) continue;
    if (field.members && !field.nullable && isObject(value) && isObject(before)) {
      result[name] = overlay(field.members, before, value);
    } else if (value !== null || field.nullable) result[name] = value;
  }
  return result;
}

function wireName(name: string, field: Field): string {
  return field.wire || snakeCase(name);
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
