import type { DataName } from "./data.ts";
import type { GuardRecord, Owned, OwnedData, OwnedScript } from "./owned.ts";

/** One Worker as the config and its wrangler file declare it now. */
export interface DeclaredThings {
  readonly worker: string;
  readonly scriptName: string;
  /** The stack is production, or the entry says `protect: true`. */
  readonly protected: boolean;
  readonly allowRemoval: boolean;
  readonly data: readonly DataName[];
  /** Durable Object classes of its own script. */
  readonly classes: readonly string[];
  /** The script is in the account. */
  readonly exists: boolean;
  /** Classes that the migrations due now delete, of a script that exists. */
  readonly deletes: readonly string[];
}

/** How the state of before stands to the loss of a Worker. */
type Before =
  /** An earlier `up` recorded that it may go, or somebody unprotected it in the state. */
  | "released"
  | "protected"
  | "open"
  /** An earlier version deployed it, which recorded nothing. */
  | "unknown";

/** Why something would go. */
export type Reason =
  | { readonly why: "removed" }
  /** `worker`: the entry that seems to be the same Worker. */
  | { readonly why: "renamed"; readonly worker: string; readonly to: string }
  | { readonly why: "account"; readonly from: string; readonly to: string }
  /** Somebody marked it for replacement in the state. */
  | { readonly why: "tainted"; readonly urn: string }
  /** Entries of `workers` exchanged their names. */
  | { readonly why: "exchanged"; readonly worker: string };

/** What the next update would take away, or has lost already. */
export type Loss = { readonly before: Before; readonly protectedNow: boolean } & (
  | {
      readonly what: "script";
      readonly worker: string;
      readonly scriptName: string;
      readonly accountId: string;
      readonly reason: Reason;
      /** As far as the state has noted them. */
      readonly classes: readonly string[];
    }
  | {
      readonly what: "data";
      readonly data: DataName;
      readonly owners: readonly string[];
      readonly reason: Reason;
    }
  | { readonly what: "classes"; readonly worker: string; readonly classes: readonly string[] }
  /** Somebody deleted it elsewhere; the next update would make an empty one. */
  | {
      readonly what: "gone";
      readonly worker: string;
      readonly scriptName: string;
      readonly classes: readonly string[];
      readonly data: readonly DataName[];
      readonly allowed: boolean;
    }
);

export interface LossPlan {
  readonly losses: readonly Loss[];
  /** The name that a kept script's Worker had before, by the name that it has now: the resource gets an alias. */
  readonly moved: ReadonlyMap<string, string>;
}

interface Stack {
  readonly accountId: string;
  readonly prod: boolean;
  readonly workers: readonly DeclaredThings[];
}

/** Pure: compares what the stack has with what it declares. */
export function planLosses(owned: Owned, stack: Stack): LossPlan {
  const moved = new Map<string, string>();
  const scripts = owned.scripts.flatMap((script) => scriptLoss(script, owned, stack, moved));
  return {
    moved,
    losses: [
      ...scripts,
      ...owned.data.flatMap((data) => dataLoss(data, owned, stack)),
      ...stack.workers.flatMap((worker) => [
        ...classLoss(worker, owned, stack),
        ...goneAlready(worker, owned, stack, moved),
      ]),
    ],
  };
}

function scriptLoss(script: OwnedScript, owned: Owned, stack: Stack, moved: Map<string, string>): Loss[] {
  const kept =
    script.accountId === stack.accountId
      ? stack.workers.find(({ scriptName }) => scriptName === script.scriptName)
      : undefined;
  if (kept?.worker === script.worker && !script.taint) return [];
  const taken = (name: string) => owned.scripts.some(({ worker }) => worker === name);
  const listed = stack.workers.find(({ worker }) => worker === script.worker);
  if (kept !== undefined && listed === undefined && !taken(kept.worker)) {
    moved.set(kept.worker, script.worker);
    if (!script.taint) return [];
  }
  return [
    {
      what: "script",
      ...standing([script.worker], script.protect, owned, stack),
      worker: script.worker,
      scriptName: script.scriptName,
      accountId: script.accountId,
      classes: owned.guards.get(script.worker)?.classes ?? [],
      reason: scriptReason(script, kept, listed, owned, stack),
    },
  ];
}

function scriptReason(
  script: OwnedScript,
  kept: DeclaredThings | undefined,
  listed: DeclaredThings | undefined,
  owned: Owned,
  { accountId, workers }: Stack,
): Reason {
  if (kept !== undefined)
    return script.taint ? { why: "tainted", urn: script.urn } : { why: "exchanged", worker: kept.worker };
  if (script.accountId !== accountId) return { why: "account", from: script.accountId, to: accountId };
  if (listed !== undefined) return { why: "renamed", worker: listed.worker, to: listed.scriptName };
  // Where one Worker left and another one came, a rename is meant more often than not.
  const come = workers.filter(({ worker }) => !owned.scripts.some((one) => one.worker === worker));
  const left = owned.scripts.filter(({ worker }) => !workers.some((one) => one.worker === worker));
  const [other] = come;
  return other !== undefined && come.length === 1 && left.length === 1
    ? { why: "renamed", worker: other.worker, to: other.scriptName }
    : { why: "removed" };
}

function dataLoss(data: OwnedData, owned: Owned, stack: Stack): Loss[] {
  const { kind, name, owners, protect } = data;
  const reason = dataReason(data, stack);
  if (reason === undefined) return [];
  return [{ what: "data", ...standing(owners, protect, owned, stack), data: { kind, name }, owners, reason }];
}

function dataReason(data: OwnedData, { accountId, workers }: Stack): Reason | undefined {
  if (!workers.some((worker) => worker.data.some(isSame(data)))) return { why: "removed" };
  if (data.accountId !== accountId) return { why: "account", from: data.accountId, to: accountId };
  return data.taint ? { why: "tainted", urn: data.urn } : undefined;
}

function classLoss(worker: DeclaredThings, owned: Owned, stack: Stack): Loss[] {
  const script = owned.scripts.find(({ scriptName }) => scriptName === worker.scriptName);
  if (worker.deletes.length === 0 || script === undefined) return [];
  return [
    {
      what: "classes",
      ...standing([script.worker], script.protect, owned, stack),
      worker: worker.worker,
      classes: worker.deletes,
    },
  ];
}

/** Protection goes with a resource that a refresh no longer finds; the notes beside it stay. */
function goneAlready(
  worker: DeclaredThings,
  owned: Owned,
  { accountId }: Stack,
  moved: ReadonlyMap<string, string>,
): Loss[] {
  const { scriptName, exists, allowRemoval } = worker;
  const noted = owned.guards.get(moved.get(worker.worker) ?? worker.worker);
  const record = noted?.scriptName === scriptName && noted.accountId === accountId ? noted : undefined;
  const deployed = record !== undefined || owned.uploaded.has(scriptName);
  const data = worker.data.filter(
    (one) =>
      one.kind !== "workflow" && record?.data.some(isSame(one)) === true && !owned.data.some(isSame(one)),
  );
  if (!deployed || (exists && data.length === 0)) return [];
  return [
    {
      what: "gone",
      before: record === undefined ? "unknown" : record.protected ? "protected" : "open",
      protectedNow: worker.protected,
      worker: worker.worker,
      scriptName,
      classes: exists ? [] : (record?.classes ?? worker.classes),
      data,
      allowed: allowRemoval,
    },
  ];
}

/** What has several owners is protected as long as one of them is. */
function standing(
  owners: readonly string[],
  protect: boolean,
  owned: Owned,
  { prod, workers }: Stack,
): { before: Before; protectedNow: boolean } {
  const all = owners.map((owner) => beforeOf(owned.guards.get(owner), protect));
  const before = (["protected", "unknown", "open"] as const).find((one) => all.includes(one)) ?? "released";
  const protectedNow =
    prod || owners.some((owner) => workers.some((one) => one.worker === owner && one.protected));
  return { before, protectedNow };
}

function beforeOf(record: GuardRecord | undefined, protect: boolean): Before {
  if (record === undefined) return protect ? "protected" : "unknown";
  if (record.allowRemoval) return "released";
  if (!record.protected) return "open";
  return protect ? "protected" : "released";
}

/** Whether an update with this loss has to stop. `wasProduction` is only asked of a state that an earlier version left. */
export async function isRefused(loss: Loss, wasProduction: () => Promise<boolean>): Promise<boolean> {
  // Nothing is left to keep: what counts is that somebody knows.
  if (loss.what === "gone" && (loss.allowed || loss.classes.length + loss.data.length === 0)) return false;
  if (loss.before === "released") return false;
  if (loss.before === "protected" || loss.protectedNow) return true;
  return loss.before === "unknown" && (await wasProduction());
}

function isSame(one: DataName): (other: DataName) => boolean {
  return (other) => one.kind === other.kind && one.name === other.name;
}
