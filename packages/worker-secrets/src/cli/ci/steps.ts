import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { PreviewReport } from "./report.ts";

type Found = Pick<PreviewReport, "steps" | "secrets">;

const STACK = "pulumi:pulumi:Stack";
/** As the report's schema bounds them. */
const LONGEST = { text: 200, rows: 500 } as const;

/** What a preview or an `up` changes, from the engine's events: names of resources, properties and secrets, no value. */
export function foundIn(events: readonly EngineEvent[]): Found {
  const steps = new Map<string, PreviewReport["steps"][number]>();
  let secrets: Found["secrets"] = { added: [], changed: [], removed: [] };
  for (const event of events) {
    const metadata = event.resourcePreEvent?.metadata ?? event.resOutputsEvent?.metadata;
    if (metadata === undefined) continue;
    const { urn, type, op } = metadata;
    if (type === STACK) {
      const outputs = (state: { outputs?: Record<string, unknown> } | undefined) =>
        namesOf(state?.outputs ?? {});
      if (event.resOutputsEvent !== undefined)
        secrets = difference(outputs(metadata.old), outputs(metadata.new));
      continue;
    }
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
  return { steps: [...steps.values()].slice(0, LONGEST.rows), secrets };
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

/** What the engine puts in the place of a secret. */
const MASKED = "[secret]";

/**
 * The properties that a step changes. The Cloudflare provider gives no detailed diff, and names with a changed script every
 * property that it may compute anew (some seventeen); of those only the ones count whose input is another, or holds a
 * secret, of which nobody can tell here.
 */
function changedProperties({ diffs = [], detailedDiff, old, new: next }: Metadata): readonly string[] {
  const [before, after] = [old?.inputs, next?.inputs];
  if (Object.keys(detailedDiff ?? {}).length > 0 || !isRecord(before) || !isRecord(after)) return diffs;
  const changed = diffs.filter((name) => {
    const [was, is] = [before[name], after[name]].map((value) => JSON.stringify(value));
    return was !== is || is?.includes(MASKED) === true;
  });
  return changed.length > 0 ? changed : diffs;
}

/** Fingerprints by name: the output `secrets` of a stack of one Worker, or each Worker's own as `worker.NAME`. */
function namesOf(outputs: Record<string, unknown>): Map<string, unknown> {
  const named = (secrets: unknown, prefix: string) =>
    isRecord(secrets)
      ? Object.entries(secrets).map(([name, print]) => [`${prefix}${name}`, print] as const)
      : [];
  const workers = isRecord(outputs.workers) ? Object.entries(outputs.workers) : [];
  return new Map([
    ...named(outputs.secrets, ""),
    ...workers.flatMap(([worker, own]) => (isRecord(own) ? named(own.secrets, `${worker}.`) : [])),
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
