import type { Deployment } from "../api/cloudflare-deployments.ts";
import { newestFirst } from "./live-upload.ts";

/** A time in which the stack itself was at work, milliseconds since 1970. */
export interface Run {
  readonly started: number;
  /** `undefined` for one that is not over. */
  readonly ended: number | undefined;
}

export interface Deployments {
  /** The last one that the stack made; `undefined` when it can't be told. */
  readonly own: Deployment | undefined;
  readonly active: Deployment | undefined;
  /** The active one serves something else than the stack's own version. */
  readonly replaced: boolean;
}

/** The history tells whole seconds, and the two clouds' clocks need not agree. */
const SKEW_MS = 2000;

/** How near the script's time of change, as the state has it, has to be to its deployment's. */
const SAME_MS = 1000;

/**
 * Which deployments are the stack's own, where no version has its mark. The author does not tell: people deploy with the same account. What tells is
 * the time: the stack's are made while it runs an update, and the last one at the time that the state has for the
 * script (unless a refresh took over a later time, which then lies in no update).
 */
export function ownDeployment(
  deployments: readonly Deployment[],
  runs: readonly Run[],
  modifiedOn: string | undefined,
): Deployments {
  const newest = newestFirst(deployments);
  const inRun = (one: Deployment) => {
    const at = Date.parse(one.createdOn);
    return runs.some(
      ({ started, ended }) =>
        at >= started - SKEW_MS &&
        at <= (ended === undefined ? Number.POSITIVE_INFINITY : ended + 1000 + SKEW_MS),
    );
  };
  const candidates = newest.filter(inRun);
  const noted = modifiedOn === undefined ? Number.NaN : Date.parse(modifiedOn);
  const distance = (one: Deployment) => Math.abs(Date.parse(one.createdOn) - noted);
  const [nearest] = candidates
    .filter((one) => distance(one) <= SAME_MS)
    .sort((a, b) => distance(a) - distance(b));
  const own = nearest ?? candidates[0];
  const [active] = newest;
  return { own, active, replaced: active !== undefined && !serves(active, own) };
}

/** Going back to the stack's own version is as good as its own deployment. */
function serves(active: Deployment, own: Deployment | undefined): boolean {
  if (own === undefined) return false;
  if (active.id === own.id) return true;
  const [only] = active.versions;
  return active.versions.length === 1 && own.versions.some(({ id }) => id === only?.id);
}
