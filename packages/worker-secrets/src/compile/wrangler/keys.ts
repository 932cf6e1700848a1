import type { JSONPath } from "jsonc-parser";
import * as v from "valibot";

/**
 * What becomes of one key of the wrangler file. Every key of wrangler's schema has exactly one of these, written beside
 * its shape in `schema.ts`: the parser, its refusals and docs/wrangler-keys.md all come from there.
 */
export type KeyState =
  /** `as`: what it becomes. */
  | { readonly state: "translated"; readonly as: string }
  /** Without effect on what is deployed; `why`. */
  | { readonly state: "local"; readonly why: string }
  /** `why` it can't be translated and how to `fix` it. `accepts`: the one value that is let through. */
  | {
      readonly state: "refused";
      readonly why: string;
      readonly fix: string;
      readonly accepts?: string | boolean;
    };

type Schema = v.GenericSchema;
type Described<S extends Schema> = v.SchemaWithPipe<
  readonly [S, v.MetadataAction<v.InferOutput<S>, Readonly<Record<string, unknown>>>]
>;

function described<S extends Schema>(schema: S, state: KeyState): Described<S> {
  return v.pipe(schema, v.metadata({ ...state })) as unknown as Described<S>;
}

/** A key that becomes part of the `WorkerConfig` and may be left out. */
export function translated<S extends Schema>(
  as: string,
  schema: S,
): Described<v.OptionalSchema<S, undefined>> {
  return described(v.optional(schema), { state: "translated", as });
}

/** A translated key that has to be there. */
export function required<S extends Schema>(as: string, schema: S): Described<S> {
  return described(schema, { state: "translated", as });
}

/** A key that only wrangler's own tools read: any value is let through and none arrives. */
export function local(why: string) {
  const ignored = v.pipe(
    v.unknown(),
    v.transform((): undefined => undefined),
  );
  return described(v.optional(ignored), { state: "local", why });
}

const TAKE_OUT = "Take it out of the file, or keep this Worker with wrangler.";

/** A key that can't be translated: leaving it out silently could take something away from the Worker. */
export function refused(why: string, fix: string = TAKE_OUT) {
  return described(v.optional(v.custom<undefined>(() => false, why)), { state: "refused", why, fix });
}

/** A key of which only one value means what the stack does anyway. */
export function refusedUnless(accepts: string | boolean, why: string, fix: string = TAKE_OUT) {
  const schema = v.pipe(
    v.custom<unknown>((value) => value === accepts, why),
    v.transform((): undefined => undefined),
  );
  return described(v.optional(schema), { state: "refused", why, fix, accepts });
}

function stateOf(schema: Schema): KeyState | undefined {
  const found = v.getMetadata(schema);
  return typeof found.state === "string" ? (found as unknown as KeyState) : undefined;
}

/** One row of the table: `kv_namespaces[].binding` and what becomes of it. */
export interface KeyRow {
  readonly path: string;
  readonly state: KeyState;
  readonly schema: Schema;
}

/** Every key below a schema in the order of the source; `[]` stands for an item, `*` for a name that the file makes up. */
export function listKeys(schema: Schema, path = ""): KeyRow[] {
  const inner = inside(schema);
  if (inner.kind === "list") return listKeys(inner.item, `${path}[]`);
  if (inner.kind === "record") return listKeys(inner.value, `${path}.*`);
  if (inner.kind === "leaf") return [];
  return Object.entries(inner.entries).flatMap(([key, entry]) => {
    const state = stateOf(entry);
    const here = path === "" ? key : `${path}.${key}`;
    return [...(state === undefined ? [] : [{ path: here, state, schema: entry }]), ...listKeys(entry, here)];
  });
}

/** The row of one place of a file: list indices and made-up names are matched by shape. */
export function stateAt(schema: Schema, path: JSONPath): KeyState | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return stateOf(schema);
  const inner = inside(schema);
  if (inner.kind === "list") return stateAt(inner.item, rest);
  if (inner.kind === "record") return stateAt(inner.value, rest);
  const entry = inner.kind === "object" ? entryOf(inner.entries, String(key)) : undefined;
  return entry === undefined ? undefined : stateAt(entry, rest);
}

/** A key that the schema does not know, or a list where it has an object: valibot lets both through. */
export interface Stray {
  readonly path: JSONPath;
  readonly kind: "unknown key" | "list for an object";
}

export function strays(schema: Schema, value: unknown, path: JSONPath = []): Stray[] {
  const inner = inside(schema);
  if (inner.kind === "leaf" || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) {
    if (inner.kind !== "list") return [{ path, kind: "list for an object" }];
    return value.flatMap((item, index) => strays(inner.item, item, [...path, index]));
  }
  if (inner.kind === "list") return [];
  return Object.entries(value).flatMap(([key, item]): Stray[] => {
    const here = [...path, key];
    if (inner.kind === "record") return strays(inner.value, item, here);
    const entry = entryOf(inner.entries, key);
    return entry === undefined ? [{ path: here, kind: "unknown key" }] : strays(entry, item, here);
  });
}

/** `hasOwn`, because a file may well have a key named `constructor`. */
function entryOf(entries: Readonly<Record<string, Schema>>, key: string): Schema | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

type Inside =
  | { readonly kind: "object"; readonly entries: Readonly<Record<string, Schema>> }
  | { readonly kind: "list"; readonly item: Schema }
  | { readonly kind: "record"; readonly value: Schema }
  | { readonly kind: "leaf" };

/** Looks through `optional` and `textOr`; a schema with a pipe has the fields of its first item. */
function inside(schema: Schema): Inside {
  const parts = schema as Schema & {
    readonly wrapped?: Schema;
    readonly getter?: (input: unknown) => Schema;
    readonly entries?: Readonly<Record<string, Schema>>;
    readonly item?: Schema;
    readonly value?: Schema;
  };
  if (parts.type === "optional" && parts.wrapped !== undefined) return inside(parts.wrapped);
  // The shape of such a key is the one of its long form.
  if (parts.type === "lazy" && parts.getter !== undefined) return inside(parts.getter({}));
  if (parts.type === "object" && parts.entries !== undefined)
    return { kind: "object", entries: parts.entries };
  if (parts.type === "array" && parts.item !== undefined) return { kind: "list", item: parts.item };
  if (parts.type === "record" && parts.value !== undefined) return { kind: "record", value: parts.value };
  return { kind: "leaf" };
}
