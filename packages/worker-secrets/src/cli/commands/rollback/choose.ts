import type { PastUpdate } from "../../../api/pulumi-history.ts";
import type { Revision } from "../../../api/pulumi-revisions.ts";
import type { Deployed } from "../../../program/deployed.ts";
import { latestAt, revisionOf } from "../../project/pins/resolve-pin.ts";

/** An update that ended well, with what it left. */
export interface Deployment {
  readonly update: PastUpdate;
  readonly deployed: Deployed;
  /** The revision of the values that it ran with; `undefined` where it is not known any more. */
  readonly revision: number | undefined;
}

/** Which revision of the values an update ran with. One without a pin took what was the latest when it began. */
export function revisionThen(
  { secretsPin }: Deployed,
  update: PastUpdate,
  revisions: readonly Revision[],
): number | undefined {
  if (secretsPin === "latest") return latestAt(update.started + 999, revisions)?.number;
  return revisionOf(secretsPin, revisions)?.number;
}

/** Other code, static assets, values or names: what a rollback could bring back. */
export function isOther(one: Deployed, other: Deployed): boolean {
  return shape(one) !== shape(other) || otherAssets(one, other);
}

/** Where an older version deployed one of the two, nobody can tell; the rest of it decides then. */
function otherAssets({ workers }: Deployed, other: Deployed): boolean {
  return workers.some(({ name, assetsHash }) => {
    const found = other.workers.find((worker) => worker.name === name);
    return assetsHash !== undefined && found?.assetsHash !== undefined && assetsHash !== found.assetsHash;
  });
}

function shape({ workers }: Deployed): string {
  return JSON.stringify(
    workers.map(({ scriptName, contentHash, secrets }) => [
      scriptName,
      contentHash,
      Object.entries(secrets).sort(),
    ]),
  );
}

/** What a rollback writes into the history, so that repeating one does not go back further, or forth again. */
export function rollbackMessage(version: number, codeOnly: boolean): string {
  return `ws rollback to version ${version}${codeOnly ? ", code alone" : ""}`;
}

/** Which rollback an update was. `codeOnly`: static assets did not go back with it. */
export function rolledBackTo({
  message,
}: PastUpdate): { readonly version: number; readonly codeOnly: boolean } | undefined {
  const [, version, alone] = /^ws rollback to version (\d+)(, code alone)?$/.exec(message) ?? [];
  return version === undefined ? undefined : { version: Number(version), codeOnly: alone !== undefined };
}

/**
 * The pin to write. What was pinned is pinned again; what followed the latest revision follows it again as long as that
 * gives the same values, else their revision is pinned.
 */
export function pinFor(
  { deployed, revision }: Deployment,
  revisions: readonly Revision[],
): string | undefined {
  if (deployed.secretsPin !== "latest") {
    const now = revisionOf(deployed.secretsPin, revisions)?.number;
    return now === revision || revision === undefined ? deployed.secretsPin : String(revision);
  }
  return revision === undefined || revision === revisions[0]?.number ? undefined : String(revision);
}
