import * as v from "valibot";
import { isInComponent, WORKER_COMPONENT } from "../components.ts";
import { resourcesOf } from "../deployed.ts";
import type { DataKind, DataName } from "./data.ts";

/** What a guard notes of its Worker; see `declareGuards`. */
export interface GuardRecord {
  readonly scriptName: string;
  readonly accountId: string;
  /** The stack was production, or the Worker's entry said `protect: true`. */
  readonly protected: boolean;
  readonly allowRemoval: boolean;
  /** Durable Object classes of its own script. */
  readonly classes: readonly string[];
  /** What the stack declared for it. */
  readonly data: readonly DataName[];
}

export interface OwnedScript {
  /** The Worker's name. */
  readonly worker: string;
  readonly scriptName: string;
  readonly accountId: string;
  readonly urn: string;
  readonly protect: boolean;
  /** Marked by `pulumi state taint`: the next update replaces it. */
  readonly taint: boolean;
}

export interface OwnedData extends DataName {
  readonly urn: string;
  readonly accountId: string;
  readonly protect: boolean;
  readonly taint: boolean;
  /** Names of the Workers that it was declared for. */
  readonly owners: readonly string[];
}

/** What a stack has, as far as an update could lose it: by the state alone, whatever the config says now. */
export interface Owned {
  readonly scripts: readonly OwnedScript[];
  readonly data: readonly OwnedData[];
  /** By the Worker's name. A state that an earlier version left has none. */
  readonly guards: ReadonlyMap<string, GuardRecord>;
  /** Scripts with Durable Objects that were deployed, by the note after their upload, which a refresh leaves. */
  readonly uploaded: ReadonlySet<string>;
}

/** Ends the name of a guard; the Worker's name comes before it. */
export const GUARD_SUFFIX = "-guard";

/** The kind of data by the resource's type. */
export const DATA_KINDS: Readonly<Record<string, DataKind>> = {
  "cloudflare:index/workersKvNamespace:WorkersKvNamespace": "kv_namespace",
  "cloudflare:index/d1Database:D1Database": "d1",
  "cloudflare:index/r2Bucket:R2Bucket": "r2_bucket",
  "cloudflare:index/queue:Queue": "queue",
  "cloudflare:index/workflow:Workflow": "workflow",
};
const STASH = "pulumi:index:Stash";

const resource = v.object({
  urn: v.string(),
  type: v.string(),
  parent: v.optional(v.string(), ""),
  delete: v.optional(v.boolean(), false),
  protect: v.optional(v.boolean(), false),
  taint: v.optional(v.boolean(), false),
  inputs: v.optional(v.record(v.string(), v.unknown()), {}),
  dependencies: v.optional(v.array(v.string()), []),
});
type Resource = v.InferOutput<typeof resource>;

const scriptInputs = v.object({ scriptName: v.string(), accountId: v.string() });
const dataInputs = v.object({ accountId: v.string(), workflowName: v.optional(v.string()) });
const uploadNote = v.object({ input: v.object({ scriptName: v.string(), key: v.string() }) });
const record = v.object({
  input: v.object({
    scriptName: v.string(),
    accountId: v.string(),
    protected: v.boolean(),
    allowRemoval: v.boolean(),
    classes: v.array(v.string()),
    data: v.array(
      v.object({
        kind: v.picklist(["kv_namespace", "d1", "r2_bucket", "queue", "workflow"]),
        name: v.string(),
      }),
    ),
  }),
});

/** Reads it out of an export (`deployment`). */
export function ownedBy(deployment: unknown): Owned {
  const resources = resourcesOf(deployment).flatMap((one) => {
    const parsed = v.safeParse(resource, one);
    return parsed.success && !parsed.output.delete ? [parsed.output] : [];
  });
  const guards = new Map(resources.flatMap(guardOf));
  // Only what is in the component is the stack's own: a program may declare scripts beside it.
  const scripts = resources.filter(
    ({ urn, type }) =>
      type === "cloudflare:index/workersScript:WorkersScript" && isInComponent(urn, WORKER_COMPONENT),
  );
  return {
    guards,
    uploaded: new Set(
      resources.flatMap(({ type, inputs }) => {
        const parsed = v.safeParse(uploadNote, inputs);
        return type === STASH && parsed.success ? [parsed.output.input.scriptName] : [];
      }),
    ),
    scripts: scripts.flatMap((one) => {
      const parsed = v.safeParse(scriptInputs, one.inputs);
      const { urn, protect, taint } = one;
      return parsed.success ? [{ worker: nameOf(urn), urn, protect, taint, ...parsed.output }] : [];
    }),
    data: resources.flatMap((one) => dataOf(one, guards, scripts)),
  };
}

/**
 * A program may declare a namespace or a bucket of its own beside the stack's, so the guards say which are the stack's. A state of
 * an earlier version has no guards: there, what a script depends on is.
 */
function dataOf(
  one: Resource,
  guards: ReadonlyMap<string, GuardRecord>,
  scripts: readonly Resource[],
): OwnedData[] {
  const kind = DATA_KINDS[one.type];
  const parsed = v.safeParse(dataInputs, one.inputs);
  if (kind === undefined || !parsed.success) return [];
  const { accountId, workflowName } = parsed.output;
  const inWorker = isInComponent(one.urn, WORKER_COMPONENT);
  const name = kind === "workflow" ? workflowName : nameOf(one.urn);
  if (name === undefined || (kind === "workflow") !== inWorker) return [];
  const noted = [...guards].flatMap(([worker, { data }]) =>
    data.some((other) => other.kind === kind && other.name === name) ? [worker] : [],
  );
  const needing = scripts
    .filter(({ urn, dependencies }) => !guards.has(nameOf(urn)) && dependencies.includes(one.urn))
    .map(({ urn }) => nameOf(urn));
  const owners = inWorker ? [nameOf(one.parent)] : [...new Set([...noted, ...needing])];
  const { urn, protect, taint } = one;
  return owners.length === 0 ? [] : [{ urn, kind, name, accountId, protect, taint, owners }];
}

function guardOf({ urn, type, inputs }: Resource): [string, GuardRecord][] {
  const name = nameOf(urn);
  if (type !== STASH || !name.endsWith(GUARD_SUFFIX)) return [];
  const parsed = v.safeParse(record, inputs);
  return parsed.success ? [[name.slice(0, -GUARD_SUFFIX.length), parsed.output.input]] : [];
}

/** `urn:pulumi:<stack>::<project>::<types>::<name>`: the types of the parents and its own, by `$`. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
