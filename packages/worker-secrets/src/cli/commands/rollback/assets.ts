import { type Fault, nameSome } from "../../../faults.ts";
import type { Assets } from "../../../program/assets/read.ts";
import { assetSummary, changedAssets } from "../../../program/assets/version.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { deployedWorker } from "../../../program/deployed.ts";
import type { Deployment } from "./choose.ts";

/** Files that one message names. */
const MOST_NAMED = 8;

/**
 * Static assets can't be brought back: neither the state nor Cloudflare gives the files of an earlier version. So the ones
 * in the checkout have to be those that the version ran with. Pure.
 */
export function assetFaults(
  workers: readonly DeclaredWorker[],
  assets: Assets,
  { deployed, update }: Deployment,
): Fault[] {
  const ways = (folder: string) =>
    `Get the assets of that version into ${folder} (its commit, or its build) and repeat the command; or go back with code and values alone, and these assets: --code-only`;
  return workers.flatMap((worker): Fault[] => {
    const then = deployedWorker(deployed, worker.name, workers.length);
    const now = assets.get(worker);
    if (then === undefined || (then.assetsHash ?? null) === (now?.hash ?? null)) {
      // Recorded without assets by a version that noted none, and none now: nothing to bring back.
      return [];
    }
    const where = `static assets of the Worker '${worker.name}'`;
    if (then.assetsHash === undefined)
      return [
        {
          where,
          what: `version ${update.version} was recorded by an older version, which did not note them: whether this checkout's are the same can't be told`,
          fix: ways("'assets.directory'"),
        },
      ];
    const changed = changedAssets(then.assets ?? {}, now === undefined ? {} : assetSummary(now.files));
    return [
      {
        where,
        what: `those of version ${update.version} are kept nowhere, and this checkout has others: ${nameSome(changed, MOST_NAMED)}`,
        fix: ways("'assets.directory'"),
      },
    ];
  });
}

/** Names of variables that the version ran with another value of, by the stack's fingerprints; they stay the checkout's. */
export function otherVariables(
  before: Readonly<Record<string, string>> | undefined,
  now: Readonly<Record<string, string>>,
): string[] | undefined {
  if (before === undefined) return undefined;
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .sort();
}
