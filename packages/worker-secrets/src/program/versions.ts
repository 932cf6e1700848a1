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
  /** What compiled the code; `null` where that is not known or there is none. */
  readonly compiledBy: string | null;
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
        compiledBy: bundles.get(worker)?.compiledBy ?? null,
      },
    ]),
  );
}

/**
 * How a version differs from a recorded one. `unrecorded`: an older version of this tool deployed it, which noted no static
 * assets, so nobody can tell. `compiler`: the code differs, and something else compiled it, so the sources may be the same.
 */
export type VersionDifference = "code" | "compiler" | "assets" | "unrecorded";

export function versionDifference(
  { contentHash, assetsHash, compiledBy }: Version,
  deployed: Pick<DeployedCode, "contentHash" | "assetsHash" | "compiledBy"> | undefined,
): VersionDifference | undefined {
  if (deployed === undefined) return "code";
  if (deployed.contentHash !== contentHash) {
    const both = deployed.contentHash !== null && contentHash !== null;
    return both && (deployed.compiledBy ?? null) !== compiledBy ? "compiler" : "code";
  }
  if (deployed.assetsHash === undefined) return assetsHash === null ? undefined : "unrecorded";
  return deployed.assetsHash === assetsHash ? undefined : "assets";
}

/** Why the same sources can have other code: what compiled them there, and here. */
export function describeCompilers(there: string | null | undefined, here: string | null): string {
  return `it was compiled there by ${there ?? "an older version of worker-secrets"}, and here by ${here ?? "an older version of worker-secrets"}, which can give the same sources other code`;
}
