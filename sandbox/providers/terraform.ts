/**
 * The part of a Terraform provider behind Pulumi's bridge that these resources need: planning, comparing, and the mapping between
 * the API's JSON and properties. The rules are those of reference/cloudflare-api.md 2.1, read in the provider's sources.
 */
import { canonical, equal, isArray, isObject, type Properties, UNKNOWN, type Value } from "./properties.ts";
import type { ChangeKind, Difference, DiffRequest } from "./resource.ts";

export interface Field {
  /** `both` may be given or is filled in by the server, `computed` is only filled in. */
  readonly mode: "required" | "optional" | "computed" | "both";
  /** The name in the API's JSON; `false` when it is not part of the body. Default: the name in snake case. */
  readonly wire?: string | false;
  readonly default?: Value;
  readonly replace?: true;
  readonly sensitive?: true;
  /** Order does not count. */
  readonly set?: true;
  /** A string that holds JSON, which is sent as that JSON. */
  readonly json?: true;
  /** A planned change leaves its value known. */
  readonly stable?: true;
  /** Overwritten by a read that does not return it; other fields are kept then. */
  readonly nullable?: true;
  /** Members of an object, or of each element of a list. */
  readonly members?: Fields;
}

export type Fields = Readonly<Record<string, Field>>;

/** The state as it will be: with `state`, after an update; without, after a create. */
export function plan(fields: Fields, inputs: Properties, state?: Properties): Properties {
  const planned = propose(fields, inputs, state);
  return state && sameAs(fields, planned, state) ? planned : withUnknowns(fields, inputs, planned, !state);
}

function propose(fields: Fields, inputs: Properties, state: Properties | undefined): Properties {
  const planned: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = inputs[name] ?? null;
    if (given !== null) planned[name] = proposeValue(field, given, state?.[name]);
    else if (field.default !== undefined) planned[name] = field.default;
    else if (field.mode === "computed" || field.mode === "both") planned[name] = state?.[name] ?? null;
    else planned[name] = null;
  }
  return planned;
}

function proposeValue(field: Field, given: Value, state: Value | undefined): Value {
  const { members } = field;
  if (!members) return given;
  if (isArray(given)) {
    const old = isArray(state) ? state : [];
    return given.map((element, index) => proposeValue(field, element, field.set ? undefined : old[index]));
  }
  return isObject(given) ? propose(members, given, isObject(state) ? state : undefined) : given;
}

/** As soon as anything changes, everything that the server fills in may change with it. */
function withUnknowns(
  fields: Fields,
  inputs: Properties,
  planned: Properties,
  creating: boolean,
): Properties {
  const result: Record<string, Value> = { ...planned };
  for (const [name, field] of Object.entries(fields)) {
    const computed = field.mode === "computed" || field.mode === "both";
    const given = (inputs[name] ?? null) !== null;
    if (computed && !given && field.default === undefined && (creating || !field.stable))
      result[name] = UNKNOWN;
  }
  return result;
}

function sameAs(fields: Fields, planned: Properties, state: Properties): boolean {
  return Object.entries(fields).every(([name, field]) => sameValue(field, planned[name], state[name]));
}

function sameValue(field: Field, a: Value | undefined, b: Value | undefined): boolean {
  return field.set ? equal(sorted(a), sorted(b)) : equal(a, b);
}

function sorted(value: Value | undefined): Value {
  if (!isArray(value)) return value ?? null;
  return [...value].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
}

/** What an update would change. It is the state that counts, not the inputs of last time: so a refresh shows. */
export function difference(
  fields: Fields,
  { inputs, oldInputs, state, ignoreChanges }: DiffRequest,
): Difference {
  const kept = { ...inputs };
  for (const path of ignoreChanges) {
    const name = path.split(/[.[]/, 1)[0] ?? path;
    const old = state[name];
    if (old === undefined) delete kept[name];
    else kept[name] = old;
  }
  const planned = propose(fields, kept, state);
  const changes = new Map<string, { kind: ChangeKind; replace: boolean }>();
  let changed = false;
  for (const [name, field] of Object.entries(fields)) {
    if (sameValue(field, planned[name], state[name])) continue;
    changed = true;
    // What only the server brought into the state counts, but is not shown: an update without properties.
    if (kept[name] === undefined && oldInputs[name] === undefined && !field.replace) continue;
    for (const [path, kind] of changesIn(name, planned[name] ?? null, state[name] ?? null)) {
      changes.set(path, { kind, replace: field.replace === true });
    }
  }
  return { changed, changes, deleteBeforeReplace: false };
}

function changesIn(path: string, planned: Value, state: Value): [string, ChangeKind][] {
  if (equal(planned, state)) return [];
  if (state === null) return [[path, "add"]];
  if (planned === null) return [[path, "delete"]];
  if (isArray(planned) && isArray(state)) {
    const length = Math.max(planned.length, state.length);
    return Array.from({ length }, (_, index) =>
      changesIn(`${path}[${index}]`, planned[index] ?? null, state[index] ?? null),
    ).flat();
  }
  if (isObject(planned) && isObject(state)) {
    const names = [...new Set([...Object.keys(state), ...Object.keys(planned)])];
    return names.flatMap((name) => changesIn(`${path}.${name}`, planned[name] ?? null, state[name] ?? null));
  }
  return [[path, "update"]];
}

/** The JSON body: what is known and not null, in the order of the fields. */
export function toWire(fields: Fields, properties: Properties): Properties {
  const body: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = properties[name] ?? null;
    if (field.wire === false || value === null || value === UNKNOWN) continue;
    body[field.wire ?? snakeCase(name)] = toWireValue(field, value);
  }
  return body;
}

function toWireValue(field: Field, value: Value): Value {
  if (field.json && typeof value === "string") return JSON.parse(value) as Value;
  if (!field.members) return value;
  if (isArray(value)) return value.map((element) => toWireValue(field, element));
  return isObject(value) ? toWire(field.members, value) : value;
}

/** What an answer says, by property. A member that is missing in it is missing here. */
export function fromWire(fields: Fields, body: Properties): Properties {
  const properties: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.wire === false) continue;
    const value = body[field.wire ?? snakeCase(name)];
    if (value !== undefined) properties[name] = fromWireValue(field, value);
  }
  return properties;
}

function fromWireValue(field: Field, value: Value): Value {
  if (field.json && value !== null) return typeof value === "string" ? value : JSON.stringify(value);
  if (!field.members) return value;
  if (isArray(value)) return value.map((element) => fromWireValue(field, element));
  return isObject(value) ? fromWire(field.members, value) : value;
}

/** The state after a create or update: the plan, and what the answer says where the server is asked. */
export function settle(fields: Fields, planned: Properties, answer: Properties): Properties {
  const state: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = planned[name] ?? null;
    if (field.wire === false) state[name] = value === UNKNOWN ? null : value;
    else if (field.mode === "computed") state[name] = answer[name] ?? null;
    else if (value === UNKNOWN) state[name] = answer[name] ?? null;
    else state[name] = value;
  }
  return state;
}

/** The state after a read: what the answer says goes over it; what it does not say stays, but for lists and the like. */
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

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
