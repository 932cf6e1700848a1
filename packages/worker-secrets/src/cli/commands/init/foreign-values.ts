import type { PulumiClient } from "../../../api/pulumi.ts";
import type { Fault } from "../../../program/faults.ts";
import type { Context } from "../../project/context.ts";
import { foreignFault, valuesPlace } from "../../project/environment-owner.ts";
import type { Decision } from "./slots.ts";
import type { Before } from "./stored.ts";

/**
 * People own the values, so `init` never replaces the text of `<stack>-cloudflare` or `<stack>-secrets`. It adds names that
 * are missing, and replaces those that `--replace` names, in an Environment that
 *
 * - it created, or finds empty: it carries the stack's mark then,
 * - or the stack's own definition imports: who wrote that said that the stack's values belong there. It stays unmarked,
 *   so that `teardown` leaves it to the people who made it.
 *
 * In any other one a new name would reach whoever imports it, and nobody asked for that. A fault for each of those.
 */
export async function foreignValues(
  { names, organization, project, stack }: Context,
  client: PulumiClient,
  { standing, attached, exists }: Before,
  decisions: readonly Decision[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const key of ["cloudflare", "secrets"] as const) {
    const found = standing[key];
    const writes = decisions.some(
      ({ kind, slot }) => slot.environment === key && (kind === "store" || kind === "missing"),
    );
    if (!exists[key] || found?.kind !== "foreign" || !writes) continue;
    if (attached && found.mark === undefined) continue;
    const place = valuesPlace(names[key], { organization, project, stack });
    const stored = await client.environment(names[key]);
    if (stored !== undefined) faults.push(await foreignFault(client, place, stored.yaml, found));
  }
  return faults;
}
