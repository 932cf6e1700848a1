import type { PulumiClient } from "../../../api/pulumi.ts";
import type { Fault } from "../../../faults.ts";
import { MARK, markOf, type Owner } from "../../../program/mark.ts";
import type { EnvironmentNames } from "../../../program/names.ts";
import { OwnedState } from "../../../program/ownership.ts";
import { definitionPlace, readStanding, valuesPlace } from "../../project/environment-owner.ts";

/**
 * Divides a stack's Environments into those that `teardown` removes and those that stay. It removes what carries the
 * stack's mark, an empty one, and the definition where its form or the state proves that the stack wrote it. Values
 * without the mark are somebody's, and may exist nowhere else.
 */
export async function whoseAre(
  client: PulumiClient,
  named: readonly (keyof EnvironmentNames)[],
  { names, ...owner }: Owner & { readonly names: EnvironmentNames },
  state: unknown,
): Promise<{ readonly going: string[]; readonly others: string[] }> {
  const going: string[] = [];
  const others: string[] = [];
  const owned = new OwnedState(state);
  for (const key of named) {
    const name = names[key];
    const isDefinition = key === "definition";
    const place = isDefinition ? definitionPlace(names, owner) : valuesPlace(names, key, owner);
    const standing = await readStanding(client, place, await client.environment(name));
    const declared =
      isDefinition &&
      standing?.kind === "foreign" &&
      standing.mark === undefined &&
      owned.declares(`${client.organization}/${name}`);
    if (standing?.kind === "foreign" && !declared) others.push(name);
    else going.push(name);
  }
  return { going, others };
}

/** A fault for each Environment that is going while one of another stack imports it: that one could no longer be opened. */
export async function importedElsewhere(
  client: PulumiClient,
  going: readonly string[],
  named: readonly string[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const name of going) {
    const { environments = [] } = (await client.environmentReferrers(name)) ?? {};
    const others = environments.filter((one) => !named.includes(one));
    if (others.length === 0) continue;
    faults.push({
      where: `Environment ${name}`,
      what: `${others.join(", ")} ${others.length === 1 ? "imports" : "import"} it, and could no longer be opened`,
      fix: "Remove or change those first, keep the values (--keep-values), or if it is really meant: --protected",
    });
  }
  return faults;
}

/** One line for an Environment that `teardown` left. */
export function describeKept(name: string, owner: Owner): string {
  return `Environment ${name} does not carry the stack's mark, so it was not made by 'init': left as it is, with what it holds. To let teardown remove it as well: pulumi env tag ${name} ${MARK} ${markOf(owner)}, and run teardown again.\n`;
}
