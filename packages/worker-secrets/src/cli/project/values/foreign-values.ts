import type { PulumiClient } from "../../../api/pulumi.ts";
import type { Fault } from "../../../faults.ts";
import { environmentNames } from "../../../program/names.ts";
import type { Context } from "../context.ts";
import { foreignFault, valuesPlace } from "../environment-owner.ts";
import { placeOf } from "../init-environments.ts";
import { fullName } from "./given.ts";
import type { Decision, Slot } from "./slots.ts";
import type { Before } from "./stored.ts";

/**
 * People own the values, so `init` never replaces the text of their two Environments. It adds names that
 * are missing, and replaces those that `--replace` names, in an Environment that
 *
 * - it created, or finds empty: it carries the stack's mark then,
 * - or the stack's own definition imports: who wrote that said that the stack's values belong there. It stays unmarked,
 *   so that `teardown` leaves it to the people who made it.
 *
 * An Environment that the config key `environments` attaches is only read: its owner does not expect a stack's names in it.
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
    const due = decisions.flatMap(({ kind, slot }) =>
      slot.environment === key && (kind === "store" || kind === "missing") ? [slot] : [],
    );
    if (!exists[key] || found?.kind !== "foreign" || due.length === 0) continue;
    if (names[key] !== environmentNames(project, stack)[key]) {
      faults.push(attachedFault(names[key], due));
      continue;
    }
    if (attached && found.mark === undefined) continue;
    const place = valuesPlace(names, key, { organization, project, stack });
    const stored = await client.environment(names[key]);
    if (stored !== undefined) faults.push(await foreignFault(client, place, stored.yaml, found));
  }
  return faults;
}

function attachedFault(environment: string, due: readonly Slot[]): Fault {
  const sets = due.map((slot) => {
    const path = placeOf(slot).slice(1).join(".");
    return `pulumi env set ${environment} ${path}${slot.name === "CLOUDFLARE_ACCOUNT_ID" ? " ID" : " --secret -f -"}`;
  });
  return {
    where: `Environment ${environment}`,
    what: `the stack's config attaches it, and it does not carry the stack's mark, so ${due.map(fullName).join(", ")} ${due.length === 1 ? "is" : "are"} not stored in it`,
    fix: `Store there what is missing: ${sets.join("; ")}. Then run the command again.`,
  };
}
