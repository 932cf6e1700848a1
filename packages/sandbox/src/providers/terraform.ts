/**
 * The part of a Terraform provider behind Pulumi's bridge that these resources need: planning, comparing, and the mapping between
 * the API's JSON and properties. The rules are those of reference/cloudflare-api.md 2.1, read in the provider's sources.
 */

import { isObject } from "../objects.ts";
import { canonical, equal, isArray, type Properties, UNKNOWN, type Value } from "./properties.ts";
import type { ChangeKind, Difference, DiffRequest } from "./resource.ts";

export interface Field {
  /** `both` may be given or is filled in by the server, `computed` is only filled in. */
  readonly mode: "required" | "optional" | "computed" | "both";
  /** The name in the API's JSON; `false` when it is not part of the body. Default: the name in snake case. */
  readonly wire?: string | false;
  readonly default?: Value;
  /** Of an object's member that is not given: it takes the value of this other member. */
  readonly follows?: string;
  /** `if-given`: only a value that the program gives replaces. */
  readonly replace?: true | "if-given";
  /** Once it is in the state it stays, whatever is asked for. */
  readonly once?: true;
  /** The values that are taken, whatever their case. */
  readonly oneOf?: readonly string[];
  readonly sensitive?: true;
  /** Order does not count. */
  readonly set?: true;
  /** A string that holds JSON, which is sent as that JSON. */
  readonly json?: true;
  /** A planned change leaves its value known. */
  readonly stable?: true;
  /** Overwritten by a read that does not return it; other fields are kept then. */
  readonly nullable?: true;
  /** A read leaves it as it is. */
  readonly kept?: true;
  /** Members of an object, or of each element of a list. */
  readonly members?: Fields;
  /** An object with names of the program's own; `members` are those of each of its values. */
  readonly map?: true;
}

export type Fields = Readonly<Record<string, Field>>;

/** Applies `change` to each object that has the members of the field; `key` is its place in a list or map. */
export function within(
  field: Field,
  value: Value,
  change: (members: Fields, element: Properties, key: number | string | undefined) => Value,
): Value {
  const { members } = field;
  if (!members) return value;
  if (isArray(value)) {
    return value.map((element, index) => (isObject(element) ? change(members, element, index) : element));
  }
  if (!isObject(value)) return value;
  if (!field.map) return change(members, value, undefined);
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [
      key,
      isObject(element) ? change(members, element, key) : element,
    ]),
  );
}

export function memberAt(value: Value | undefined, key: number | string): Value {
  if (isArray(value)) return (typeof key === "number" ? value[key] : undefined) ?? null;
  return isObject(value) ? (value[key] ?? null) : null;
}

/** The state as it will be: with `state`, after an update; without, after a create. */
export function plan(fields: Fields, inputs: Properties, state?: Properties): Properties {
  const planned = propose(fields, inputs, state);
  return state && sameAs(fields, planned, state) ? planned : withUnknowns(fields, inputs, planned, !state);
}

function propose(fields: Fields, inputs: Properties, state: Properties | undefined): Properties {
  const planned: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = inputs[name] ?? null;
    const before = state?.[name] ?? null;
    if (field.once && before !== null) planned[name] = before;
    else if (given !== null) planned[name] = proposeValue(field, given, before);
    else if (field.follows) planned[name] = planned[field.follows] ?? null;
    else if (field.default !== undefined) planned[name] = proposeValue(field, field.default, before);
    else if (field.mode === "computed" || field.mode === "both") planned[name] = state?.[name] ?? null;
    else planned[name] = null;
  }
  return planned;
}

function proposeValue(field: Field, given: Value, state: Value): Value {
  return within(field, given, (members, element, key) => {
    const before = key === undefined ? state : field.set ? null : memberAt(state, key);
    return propose(members, element, isObject(before) ? before : undefined);
  });
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
    const replace = field.replace === true || (field.replace === "if-given" && (kept[name] ?? null) !== null);
    for (const [path, kind] of changesIn(name, planned[name] ?? null, state[name] ?? null)) {
      changes.set(path, { kind, replace });
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
