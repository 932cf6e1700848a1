import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { isObject } from "../../objects.ts";
import { WORKER_COMPONENT } from "../../program/components.ts";
import type { PreviewReport } from "./report.ts";

type Found = Pick<PreviewReport, "steps" | "secrets" | "variables" | "assets">;

const STACK = "pulumi:pulumi:Stack";
/** As the report's schema bounds them. */
const LONGEST = { text: 200, rows: 500 } as const;

/** What a preview or an `up` changes, from the engine's events: names of resources, properties and secrets, no value. */
export function foundIn(events: readonly EngineEvent[]): Found {
  const steps = new Map<string, PreviewReport["steps"][number]>();
  const shown: Shown = { old: {}, new: {} };
  for (const event of events) {
    const metadata = event.resourcePreEvent?.metadata ?? event.resOutputsEvent?.metadata;
    if (metadata === undefined) continue;
    const { urn, type, op } = metadata;
    if (event.resOutputsEvent !== undefined) noteShown(metadata, shown);
    if (type === STACK) continue;
    if (op === "same" || op === "read" || op === "refresh") continue;
    // A replacement comes as three steps of one resource; the word that says it best is the last to be kept.
    if (steps.has(urn) && steps.get(urn)?.op === "replace") continue;
    steps.set(urn, {
      op: /replace/.test(op) ? "replace" : op,
      type: cut(type),
      name: cut(urn.split("::").at(-1) ?? urn),
      properties: changedProperties(metadata).slice(0, LONGEST.rows).map(cut),
    });
  }
  return { steps: [...steps.values()].slice(0, LONGEST.rows), ...changedNames(shown) };
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

/** What the Workers show of themselves, before and after: outputs of the stack's form. */
interface Shown {
  old: Readonly<Record<string, unknown>>;
  new: Readonly<Record<string, unknown>>;
}

/** By the Workers' components, whatever the program exports; and by the outputs of a stack that version 0.1 deployed. */
function noteShown({ urn, type, old, new: next }: Metadata, shown: Shown): void {
  for (const [side, state] of [
    ["old", old],
    ["new", next],
  ] as const) {
    const outputs: Readonly<Record<string, unknown>> = state?.outputs ?? {};
    const workers = { ...(isObject(outputs.workers) ? outputs.workers : {}), ...Object(shown[side].workers) };
    if (type === STACK) shown[side] = { ...outputs, workers };
    if (type !== WORKER_COMPONENT || !isObject(outputs.summary)) continue;
    const own = { ...Object(shown[side].workers), [urn.split("::").at(-1) ?? urn]: outputs.summary };
    shown[side] = { ...shown[side], workers: own };
  }
}

/** The names of the secrets, variables and static assets that are shown; of the two latter where they change. */
function changedNames(shown: Shown): Omit<Found, "steps"> {
  const of = (key: string) => difference(namesOf(shown.old, key), namesOf(shown.new, key));
  const some = <K extends string>(name: K, found: Found["secrets"]) =>
    Object.values(found).some((list) => list.length > 0) ? { [name]: found } : {};
  return { secrets: of("secrets"), ...some("variables", of("vars")), ...some("assets", of("assets")) };
}

/** What the engine puts in the place of a secret. */
const MASKED = "[secret]";

/**
 * The properties that a step changes. The Cloudflare provider gives no detailed diff, and names with a changed script every
 * property that it may compute anew (some seventeen); of those only the ones count whose input is another, or holds a
 * secret, of which nobody can tell here.
 */
function changedProperties({ diffs = [], detailedDiff, old, new: next }: Metadata): readonly string[] {
  const [before, after] = [old?.inputs, next?.inputs];
  if (Object.keys(detailedDiff ?? {}).length > 0 || !isObject(before) || !isObject(after)) return diffs;
  const changed = diffs.filter((name) => {
    const [was, is] = [before[name], after[name]].map((value) => JSON.stringify(value));
    return was !== is || is?.includes(MASKED) === true;
  });
  return changed.length > 0 ? changed : diffs;
}

/** Fingerprints by name; where the stack has several Workers, each one's as `worker.NAME`. */
function namesOf(outputs: Readonly<Record<string, unknown>>, key: string): Map<string, unknown> {
  const named = (prints: unknown, prefix: string) =>
    isObject(prints)
      ? Object.entries(prints).map(([name, print]) => [`${prefix}${name}`, print] as const)
      : [];
  const workers = Object.entries(Object(outputs.workers));
  return new Map([
    ...named(outputs[key], ""),
    ...workers.flatMap(([worker, own]) =>
      isObject(own) ? named(own[key], workers.length === 1 ? "" : `${worker}.`) : [],
    ),
  ]);
}

function difference(before: Map<string, unknown>, after: Map<string, unknown>): Found["secrets"] {
  const list = (names: Iterable<string>, test: (name: string) => boolean) =>
    [...names].filter(test).sort().slice(0, LONGEST.rows).map(cut);
  return {
    added: list(after.keys(), (name) => !before.has(name)),
    changed: list(after.keys(), (name) => before.has(name) && before.get(name) !== after.get(name)),
    removed: list(before.keys(), (name) => !after.has(name)),
  };
}

function cut(text: string): string {
  return text.slice(0, LONGEST.text);
}
