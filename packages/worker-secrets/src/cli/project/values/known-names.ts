import { distance } from "fastest-levenshtein";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { valueNames } from "../../../program/secret-names.ts";

/** The two values that the deployment itself needs. */
export const DEPLOY_NAMES = ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"] as const;

/**
 * The names that a source of values may hold. Only these are ever shown: a line that is not what it was meant to be has
 * a part of a value where its name should stand, and base64 looks like a name.
 */
export interface Known {
  readonly names: ReadonlySet<string>;
  readonly workers: ReadonlySet<string>;
  /** Secrets that take no value from any source, because the program passes them. */
  readonly program: ReadonlySet<string>;
}

export function knownNames(
  workers: readonly Pick<DeclaredWorker, "config" | "optionalSecrets" | "programSecrets">[],
  workerNames: readonly string[],
): Known {
  const names = new Set([...DEPLOY_NAMES, ...workers.flatMap(valueNames)]);
  const passed = workers.flatMap(({ programSecrets }) => programSecrets);
  return {
    names,
    workers: new Set(workerNames),
    program: new Set(passed.filter((name) => !names.has(name))),
  };
}

export function isKnown(
  { name, worker }: { readonly name: string; readonly worker?: string | undefined },
  { names, workers }: Known,
): boolean {
  return names.has(name) && (worker === undefined || workers.has(worker));
}

/** The known name that was probably meant: at most two letters other, and nothing of what was given is in it. */
export function likelyMeant(name: string, { names }: Known): string | undefined {
  let best = 3;
  let found: string | undefined;
  for (const one of names) {
    // In a short name, two other letters are another name.
    if (Math.abs(one.length - name.length) > 2 || one.length < 4) continue;
    const slips = distance(name.toUpperCase(), one.toUpperCase());
    if (slips < best) [best, found] = [slips, one];
  }
  return found;
}
