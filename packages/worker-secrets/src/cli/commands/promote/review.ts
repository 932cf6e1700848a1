import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import type { DeployedCode } from "../../../program/deployed.ts";
import { fingerprint } from "../../../program/fingerprints.ts";
import type { SecretValues } from "../../../program/values.ts";

/** What one Worker of the target would get. Names and hashes only. */
export interface WorkerReview {
  readonly worker: string;
  readonly code: { readonly from: string | null; readonly to: string | null };
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
  values,
  deployed,
  key,
  bindings,
}: ReviewInputs): WorkerReview {
  const before = deployed?.secrets ?? {};
  const names = [...values.keys()];
  return {
    worker: worker.name,
    code: { from: deployed?.contentHash ?? null, to: hash },
    added: names.filter((name) => !Object.hasOwn(before, name)),
    removed: Object.keys(before).filter((name) => !values.has(name)),
    changed: names.filter(
      (name) =>
        Object.hasOwn(before, name) &&
        (key === undefined || fingerprint(key, stack, name, values.get(name) ?? "") !== before[name]),
    ),
    vars: bindings === undefined ? undefined : changedVars(worker, bindings),
  };
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
export function differs({ code, added, removed, changed, vars }: WorkerReview): boolean {
  return code.from !== code.to || [added, removed, changed, vars ?? []].some((list) => list.length > 0);
}

/** For people, a line each. */
export function describeReview(review: WorkerReview): string[] {
  const { worker, code, added, removed, changed, vars } = review;
  const short = (hash: string | null) => (hash === null ? "none" : hash.slice(0, 12));
  const list = (names: readonly string[] | undefined) =>
    names === undefined ? "not deployed yet" : names.length === 0 ? "none" : names.join(", ");
  return [
    `Worker ${worker}`,
    `  code     ${code.from === code.to ? `${short(code.to)} (the same)` : `${short(code.from)} -> ${short(code.to)}`}`,
    `  secrets  added: ${list(added)}; removed: ${list(removed)}; changed: ${list(changed)}`,
    `  vars     changed: ${list(vars)}`,
  ];
}
