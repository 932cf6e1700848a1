import type { Bundle } from "../compile/bundle.ts";
import type { Assets } from "./assets/read.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { DeployedCode } from "./deployed.ts";

/** What one Worker runs, without its values: what a promotion brings and a rollback brings back. */
export interface Version {
  /** SHA-256 of its code; `null` for a Worker of static assets alone. */
  readonly contentHash: string | null;
  /** SHA-256 over its static assets; `null` without any. */
  readonly assetsHash: string | null;
}

export type Versions = ReadonlyMap<DeclaredWorker, Version>;

/** The checkout's. */
export function versionsOf(
  workers: readonly DeclaredWorker[],
  bundles: ReadonlyMap<DeclaredWorker, Bundle | undefined>,
  assets: Assets,
): Versions {
  return new Map(
    workers.map((worker) => [
      worker,
      {
        contentHash: bundles.get(worker)?.sha256 ?? null,
        assetsHash: assets.get(worker)?.hash ?? null,
      },
    ]),
  );
}

/**
 * How a version differs from a recorded one. `unrecorded`: an older version of this tool deployed it, which noted no static
 * assets, so nobody can tell.
 */
export type VersionDifference = "code" | "assets" | "unrecorded";

export function versionDifference(
  { contentHash, assetsHash }: Version,
  deployed: Pick<DeployedCode, "contentHash" | "assetsHash"> | undefined,
): VersionDifference | undefined {
  if (deployed === undefined || deployed.contentHash !== contentHash) return "code";
  if (deployed.assetsHash === undefined) return assetsHash === null ? undefined : "unrecorded";
  return deployed.assetsHash === assetsHash ? undefined : "assets";
}
