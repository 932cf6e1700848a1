import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { type Change, noteEffect } from "../../api/effects.ts";
import { isRefusal } from "./refusals.ts";

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

/** What an operation of the engine did to the stack's resources, in the order of their ends. */
export interface EngineWork {
  /** Done: `Worker 'shop-dev' (updated)`. */
  readonly done: readonly string[];
  /** Begun, and neither done nor refused: the engine or the provider can't tell what came of it. */
  readonly inDoubt: readonly { readonly label: string; readonly script: string | undefined }[];
}

/**
 * Reads an operation's events. A step that failed counts as refused where the provider reports an answer of 4xx, which says
 * that nothing was done, and else as in doubt, like a step whose end was never reported: the answer may have been lost. Pure.
 */
function engineWork(events: readonly EngineEvent[]): EngineWork {
  const done = new Map<string, string>();
  const open = new Map<string, Metadata>();
  const refused = new Set<string>();
  for (const { resourcePreEvent: begun, resOutputsEvent: ended, diagnosticEvent: diagnostic } of events) {
    if (diagnostic?.severity === "error" && diagnostic.urn !== undefined && isRefusal(diagnostic.message))
      refused.add(diagnostic.urn);
    if (begun !== undefined && begun.planning !== true && changes(begun.metadata))
      open.set(begun.metadata.urn, begun.metadata);
    if (ended !== undefined && ended.planning !== true) {
      open.delete(ended.metadata.urn);
      if (changes(ended.metadata))
        done.set(ended.metadata.urn, `${labelOf(ended.metadata)} (${PAST[ended.metadata.op]})`);
    }
  }
  const inDoubt = [...open.values()]
    .filter(({ urn }) => !refused.has(urn))
    .map((metadata) => ({ label: labelOf(metadata), script: scriptOf(metadata) }));
  return { done: [...done.values()], inDoubt };
}

/** The account's scripts, each with what changes whenever it does. */
export type Scripts = ReadonlyMap<string, string>;

/**
 * Notes what an operation has changed. Of a Worker in doubt, the account itself tells: `scripts` reads its scripts now, and
 * `before` is what they were when the operation began; `undefined` where they could not be read.
 */
export async function noteEngineWork(
  {
    operation,
    stack,
    failed,
  }: { readonly operation: "up" | "destroy"; readonly stack: string; readonly failed: boolean },
  events: readonly EngineEvent[],
  before: Scripts | undefined,
  scripts: () => Promise<Scripts | undefined>,
): Promise<void> {
  const { done, inDoubt } = engineWork(events);
  const found = [...done];
  const unknown: Change[] = [];
  const now =
    inDoubt.some(({ script }) => script !== undefined) && before !== undefined ? await scripts() : undefined;
  for (const { label, script } of failed ? inDoubt : []) {
    if (script !== undefined && now !== undefined) {
      if (now.get(script) !== before?.get(script))
        found.push(`${label} (${outcome(before?.has(script) === true, now.has(script))})`);
    } else
      unknown.push({
        kind: "unknown",
        place: label,
        what: `${label} was changed`,
        look: `pulumi refresh --preview-only --stack ${stack}`,
      });
  }
  if (found.length > 0)
    noteEffect(
      operation === "up"
        ? { kind: "deployed", stack, live: found, partly: failed }
        : { kind: "destroyed", stack, gone: found, partly: failed },
    );
  for (const change of unknown) noteEffect(change);
}

function outcome(was: boolean, is: boolean): string {
  if (!is) return "deleted";
  return was ? "updated" : "created";
}

const PAST: Readonly<Record<string, string>> = {
  create: "created",
  "create-replacement": "replaced",
  replace: "replaced",
  update: "updated",
  delete: "deleted",
  "delete-replaced": "replaced",
  import: "imported",
  "import-replacement": "imported",
};

/** Components and providers are nothing in a cloud; what is kept on deletion stays there. */
function changes({ op, type, old, new: next }: Metadata): boolean {
  const state = next ?? old;
  if (PAST[op] === undefined || state?.custom !== true || type.startsWith("pulumi:providers:")) return false;
  return !(op.startsWith("delete") && old?.retainOnDelete === true);
}

const SCRIPT = /^cloudflare:index\/workersScript:WorkersScript$/;

function scriptOf({ type, old, new: next }: Metadata): string | undefined {
  const name: unknown = SCRIPT.test(type) ? (next ?? old)?.inputs.scriptName : undefined;
  return typeof name === "string" ? name : undefined;
}

function labelOf(metadata: Metadata): string {
  const script = scriptOf(metadata);
  if (script !== undefined) return `Worker '${script}'`;
  return `${metadata.type.split(":").at(-1)} '${metadata.urn.split("::").at(-1)}'`;
}
