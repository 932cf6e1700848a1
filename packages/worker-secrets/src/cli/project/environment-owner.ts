import type { PulumiClient, StoredEnvironment } from "../../api/pulumi.ts";
import type { Referrers } from "../../api/pulumi-environments.ts";
import { type Fault, FaultsError } from "../../faults.ts";
import { CONFIG_KEYS, NAMESPACE } from "../../program/config-keys.ts";
import {
  hasDefinitionForm,
  isBlank,
  MARK,
  markOf,
  namesHeld,
  type Owner,
  type Standing,
  standingOf,
} from "../../program/mark.ts";
import type { ConfiguredNames, EnvironmentNames } from "../../program/names.ts";

/** One of a stack's Environments, and how to tell a text of it that this package wrote. */
export interface Place {
  /** Its key in the config key `environments`. */
  readonly key: keyof ConfiguredNames;
  /** `<project>/<name>`. */
  readonly environment: string;
  readonly owner: Owner;
  readonly isForm: (yaml: string) => boolean;
}

/** The Environment that a stack declares. Its whole text is replaced, so it has to be the stack's own. */
export function definitionPlace(names: EnvironmentNames, owner: Owner): Place {
  const isForm = (yaml: string) => hasDefinitionForm(yaml, names);
  return { key: "stack", environment: names.definition, owner, isForm };
}

/** An Environment of values: no text with content is one that could be made again from the files. */
export function valuesPlace(names: EnvironmentNames, key: "cloudflare" | "secrets", owner: Owner): Place {
  return { key, environment: names[key], owner, isForm: isBlank };
}

/** `undefined` where the Environment is not there. Reads only. */
export async function readStanding(
  client: PulumiClient,
  { environment, owner, isForm }: Place,
  stored: StoredEnvironment | undefined,
): Promise<Standing | undefined> {
  if (stored === undefined) return undefined;
  const mark = await client.environmentTag(environment, MARK);
  return standingOf({ mark, yaml: stored.yaml }, owner, isForm);
}

/**
 * Makes sure that an Environment is there and carries the stack's mark; gives whether it was created. Somebody else's is
 * refused by a `FaultsError`. An interruption between creating and marking leaves an empty Environment without a mark,
 * which the next run claims; one after marking leaves one that is the stack's.
 */
export async function claimEnvironment(client: PulumiClient, place: Place): Promise<boolean> {
  const { environment, owner } = place;
  // Read first, so that a creation whose answer is lost is not taken for one when it had been there.
  const there = (await client.environment(environment)) !== undefined;
  const created = !there && (await client.createEnvironment(environment));
  for (let attempt = 1; ; attempt++) {
    const stored = await client.environment(environment);
    const standing = await readStanding(client, place, stored);
    if (standing?.kind === "marked") return created;
    // Also after this very run has created it: a repeated call can't tell its own from another's.
    if (stored === undefined || standing === undefined || standing.kind === "foreign")
      throw new FaultsError([await foreignFault(client, place, stored?.yaml ?? "", standing)]);
    if (await client.addEnvironmentTag(environment, MARK, markOf(owner))) return created;
    if (attempt === 2) throw new FaultsError([await foreignFault(client, place, stored.yaml, standing)]);
  }
}

/** What an Environment of somebody else holds, who imports it, and the ways on. Names only. */
export async function foreignFault(
  client: PulumiClient,
  place: Place,
  yaml: string,
  standing: Standing | undefined,
): Promise<Fault> {
  const { environment, owner } = place;
  const mark = standing?.kind === "foreign" ? standing.mark : undefined;
  const whose =
    mark === undefined
      ? `it does not carry the mark of the stack ${markOf(owner)} (the Environment tag ${MARK})`
      : `it belongs to the stack ${mark} (its tag ${MARK})`;
  const referrers = await client.environmentReferrers(environment);
  return {
    where: `Environment ${environment}`,
    what: `${whose}, so it is not written. It holds ${namesHeld(yaml)}${describeReferrers(referrers)}`,
    fix: waysOn(place),
  };
}

/** Begins with `;`, or is empty where nobody imports it or the service doesn't say. */
function describeReferrers(referrers: Referrers | undefined): string {
  if (referrers === undefined) return "; the service does not say who imports it";
  const named = [
    ...referrers.environments.map((name) => `Environment ${name}`),
    ...referrers.stacks.map((name) => `stack ${name}`),
  ];
  return named.length === 0 ? "" : `; it is imported by ${named.join(", ")}`;
}

/** Another Environment for the stack, by its config; or this one, marked as the stack's. */
function waysOn({ key, environment, owner }: Place): string {
  const { project, stack } = owner;
  const isDefinition = key === "stack";
  const other = `${project}/${stack}-workers${isDefinition ? "" : `-${key}`}`;
  const use = isDefinition
    ? `list ${environment} beside ${other} under 'environment' in Pulumi.${stack}.yaml`
    : `import ${environment} in ${other}`;
  const lost = isDefinition
    ? `its text may be replaced (keep a copy: pulumi env clone ${environment} ${environment}-copy)`
    : "it may hold the stack's values";
  return `Name another Environment in the stack's config: pulumi config set --path '${NAMESPACE}:${CONFIG_KEYS.environments}.${key}' ${other} --stack ${stack}, and run the command again; to use what this one holds, ${use}. Or, if ${lost}: pulumi env tag ${environment} ${MARK} ${markOf(owner)}, and run the command again.`;
}
