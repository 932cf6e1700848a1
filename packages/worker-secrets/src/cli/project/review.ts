import { nameSome } from "../../faults.ts";
import { type AssetVersion, assetSummary, changedAssets } from "../../program/assets/version.ts";
import type { DeclaredWorker } from "../../program/declared-worker.ts";
import type { DeployedCode } from "../../program/deployed.ts";
import { fingerprint } from "../../program/fingerprints.ts";
import type { SecretValues } from "../../program/values.ts";

/** What one Worker of the target would get. Names and hashes only. */
export interface WorkerReview {
  readonly worker: string;
  readonly code: { readonly from: string | null; readonly to: string | null };
  /** Static assets: hashes, and the names of what differs; `from` is `undefined` where an older version deployed them. */
  readonly assets: {
    readonly from: string | null | undefined;
    readonly to: string | null;
    readonly changed: readonly string[];
  };
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Names of variables that differ; `undefined` where the Worker could not be read. */
  readonly vars: readonly string[] | undefined;
}

export interface ReviewInputs {
  readonly worker: DeclaredWorker;
  readonly stack: string;
  readonly hash: string | null;
  readonly assets: AssetVersion | undefined;
  readonly values: SecretValues;
  readonly deployed: DeployedCode | undefined;
  /** Of the fingerprints; `undefined` before the first `up`, when there is nothing to compare with. */
  readonly key: string | undefined;
  /** The Worker's bindings on Cloudflare; `undefined` when there is no such Worker yet. */
  readonly bindings: readonly Readonly<Record<string, unknown>>[] | undefined;
}

/** Pure. */
export function reviewWorker({
  worker,
  stack,
  hash,
  assets,
  values,
  deployed,
  key,
  bindings,
}: ReviewInputs): WorkerReview {
  const before = deployed?.secrets ?? {};
  const names = [...values.keys()];
  const { programSecrets } = worker;
  return {
    worker: worker.name,
    code: { from: deployed?.contentHash ?? null, to: hash },
    assets: changeOfAssets(assets, deployed),
    added: [...names, ...programSecrets].filter((name) => !Object.hasOwn(before, name)),
    removed: Object.keys(before).filter((name) => !values.has(name) && !programSecrets.includes(name)),
    // Values that the program passes are not known before it runs.
    changed: names.filter(
      (name) =>
        Object.hasOwn(before, name) &&
        (key === undefined || fingerprint(key, stack, name, values.get(name) ?? "") !== before[name]),
    ),
    vars: bindings === undefined ? undefined : changedVars(worker, bindings),
  };
}

function changeOfAssets(
  assets: AssetVersion | undefined,
  deployed: DeployedCode | undefined,
): WorkerReview["assets"] {
  const from = deployed === undefined ? null : deployed.assetsHash;
  const to = assets?.hash ?? null;
  if (from === to || from === undefined) return { from, to, changed: [] };
  const now = assets === undefined ? {} : assetSummary(assets.files);
  return { from, to, changed: changedAssets(deployed?.assets ?? {}, now) };
}

function changedVars(
  { config }: DeclaredWorker,
  bindings: readonly Readonly<Record<string, unknown>>[],
): string[] {
  const shown = bindings.flatMap((binding): [string, string][] =>
    binding.type === "plain_text"
      ? [[String(binding.name), JSON.stringify(binding.text)]]
      : binding.type === "json"
        ? [[String(binding.name), JSON.stringify(binding.json)]]
        : [],
  );
  const on = new Map(shown);
  const wanted = new Map(Object.entries(config.vars).map(([name, value]) => [name, JSON.stringify(value)]));
  return [...new Set([...on.keys(), ...wanted.keys()])]
    .filter((name) => on.get(name) !== wanted.get(name))
    .sort();
}

/** Whether anything would change. */
export function differs({ code, assets, added, removed, changed, vars }: WorkerReview): boolean {
  // What an older version deployed is not known; without any now, there is nothing to upload for it.
  const others = (assets.from ?? null) !== assets.to;
  return (
    others || code.from !== code.to || [added, removed, changed, vars ?? []].some((list) => list.length > 0)
  );
}

/** For people, a line each. */
export function describeReview(review: WorkerReview): string[] {
  const { worker, code, assets, added, removed, changed, vars } = review;
  const short = (hash: string | null) => (hash === null ? "none" : hash.slice(0, 12));
  const list = (names: readonly string[] | undefined) =>
    names === undefined ? "not deployed yet" : names.length === 0 ? "none" : names.join(", ");
  return [
    `Worker ${worker}`,
    `  code     ${code.from === code.to ? `${short(code.to)} (the same)` : `${short(code.from)} -> ${short(code.to)}`}`,
    ...assetLine(assets),
    `  secrets  added: ${list(added)}; removed: ${list(removed)}; changed: ${list(changed)}`,
    `  vars     changed: ${list(vars)}`,
  ];
}

/** Files that a line names. */
const MOST_NAMED = 10;

function assetLine({ from, to, changed }: WorkerReview["assets"]): string[] {
  if (to === null && (from ?? null) === null) return [];
  if (from === undefined) return ["  assets   not noted by the version that deployed them"];
  if (from === to) return [`  assets   ${to?.slice(0, 12)} (the same)`];
  const names = nameSome(changed, MOST_NAMED);
  return [`  assets   ${from?.slice(0, 12) ?? "none"} -> ${to?.slice(0, 12) ?? "none"}: ${names}`];
}
