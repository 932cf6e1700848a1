import type { Fault } from "../../../faults.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { valueNames } from "../../../program/secret-names.ts";
import type { ValueTree } from "../../../program/values.ts";

/** What an overlap calls the value before. */
export function previousName(name: string): string {
  return `${name}_PREVIOUS`;
}

/** The value that is rotated: of one Worker alone, or shared by those that declare it. */
export interface Place {
  readonly name: string;
  /** `undefined` for `environmentVariables`. */
  readonly worker: string | undefined;
  /** The Workers that get their value from here. */
  readonly users: readonly DeclaredWorker[];
}

function declares(worker: DeclaredWorker, name: string): boolean {
  return valueNames(worker).includes(name);
}

/** Pure: where the value is. `environment` is the Environment's name, for messages. */
export function findPlace(
  name: string,
  named: string | undefined,
  workers: readonly DeclaredWorker[],
  tree: ValueTree,
  faults: Fault[],
): Place {
  const declaring = workers.filter((worker) => declares(worker, name));
  const own = (worker: DeclaredWorker) => Object.hasOwn(tree.own[worker.name] ?? {}, name);
  const files = workers.map(({ config }) => config.whereIs(["secrets", "required"])).join(" or ");
  const passed = workers.filter(({ programSecrets }) => programSecrets.includes(name));
  const [programs] = named === undefined ? passed : passed.filter((worker) => worker.name === named);
  if (programs !== undefined && (named !== undefined || declaring.length === 0)) {
    faults.push(passedFault(name, programs));
    return { name, worker: named, users: [] };
  }
  if (declaring.length === 0) {
    faults.push({ where: `secret '${name}'`, what: "no Worker declares it", fix: `Declare it at ${files}.` });
    return { name, worker: named, users: [] };
  }
  if (named !== undefined) {
    const worker = declaring.find((one) => one.name === named);
    if (worker === undefined) {
      faults.push({
        where: "--worker",
        what: `the stack has no Worker '${named}' that declares '${name}'`,
        fix: `Name one of ${declaring.map((one) => one.name).join(", ")}.`,
      });
    }
    return { name, worker: named, users: worker === undefined ? [] : [worker] };
  }
  const sharing = declaring.filter((worker) => !own(worker));
  if (sharing.length > 0) return { name, worker: undefined, users: sharing };
  const [sole] = declaring;
  if (sole !== undefined && declaring.length === 1) return { name, worker: sole.name, users: [sole] };
  faults.push({
    where: `secret '${name}'`,
    what: `each of ${declaring.map((one) => one.name).join(", ")} has a value of its own`,
    fix: "Say whose: --worker NAME",
  });
  return { name, worker: undefined, users: [] };
}

/** The Environment has no value of it, and a stored one would stop the next preview. */
function passedFault(name: string, worker: DeclaredWorker): Fault {
  return {
    where: `secret '${name}' of the Worker '${worker.name}'`,
    what: "the program passes its value (programSecrets), so there is nothing to rotate in the Environment",
    fix: `Rotate it at the resource whose output the program passes in 'secrets' of new SecretWorker("${worker.name}", …), then run: pulumi up`,
  };
}

/** What is known before a value is written. Values in clear, in memory only. */
export interface Situation {
  /** What ESC holds now; `undefined` for nothing. */
  readonly stored: string | undefined;
  readonly previous: string | undefined;
  /** What the pinned revision holds; the same as `stored` where nothing is pinned. */
  readonly pinned: string | undefined;
  /** Whether a value of the name is the deployed one; `undefined` when nothing of the name is deployed. */
  readonly isDeployed: ((value: string) => boolean) | undefined;
  /** What is pending was there before the last update that ended well: no interrupted run has left it. Asked where nothing is given. */
  readonly isLeftBehind: boolean;
  /** What was given; `undefined` for one to be generated, or made by a rotator. */
  readonly given: string | undefined;
}

/** A value is stored that is not deployed, while another one is. */
export function isPending({ stored, isDeployed }: Pick<Situation, "stored" | "isDeployed">): boolean {
  return stored !== undefined && isDeployed?.(stored) === false;
}

export type Decision =
  /** Write a new value; an overlap also moves `keep` to `NAME_PREVIOUS`, in the same revision. */
  | { readonly kind: "write"; readonly keep: string | undefined }
  /** An earlier run has stored a value that is not deployed yet: deploy it. */
  | { readonly kind: "resume" }
  | { readonly kind: "refuse"; readonly what: string; readonly fix: string };

/**
 * Pure: what to do about the value. The old value of an overlap is the deployed one: what an interrupted run has stored
 * and nobody got yet never takes its place.
 */
export function decide(name: string, situation: Situation, overlap: boolean): Decision {
  const { stored, previous, pinned, isDeployed, isLeftBehind, given } = situation;
  const pending = isPending(situation);
  // A value that was rolled back from is not deployed again because another one is asked for.
  const wantsOther = given === undefined ? pending && isLeftBehind : given !== stored;
  if (!overlap)
    return (pending && !wantsOther) || (given === stored && stored !== undefined)
      ? { kind: "resume" }
      : { kind: "write", keep: undefined };
  if (pending) {
    // Of an overlap that is not ended, only the value that it keeps already may be kept.
    const kept = previous ?? pinned;
    if (kept !== undefined && isDeployed?.(kept)) {
      if (wantsOther) return { kind: "write", keep: kept };
      if (kept === previous) return { kind: "resume" };
    }
    return {
      kind: "refuse",
      what: `ESC holds a value of '${name}' that is not deployed yet, and the deployed one is nowhere in it: an overlap could not keep it`,
      fix: "Deploy what is stored first: pulumi up. Then rotate.",
    };
  }
  if (!wantsOther && given !== undefined) return { kind: "resume" };
  if (previous !== undefined && stored !== undefined && previous !== stored) {
    return {
      kind: "refuse",
      what: `'${previousName(name)}' still holds another value: the last overlap has not been ended, and who needs that value would lose it`,
      fix: `When nobody needs it any more: ws rotate ${name} --end-overlap`,
    };
  }
  return { kind: "write", keep: stored };
}
