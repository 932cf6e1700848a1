import { parse, stringify } from "yaml";
import { type Fault, FaultsError, refuseIfAny } from "../../faults.ts";
import { isObject } from "../../objects.ts";
import type { CONFIG_KEYS } from "../../program/config-keys.ts";
import { NAMESPACE } from "../../program/config-keys.ts";
import { environmentNames } from "../../program/names.ts";
import { formerKeyFaults } from "../project/config-keys.ts";
import { StackFile } from "../project/stack-file.ts";

/** Keys that mean one stack alone: its name in the account, its protection, what it was promoted from. */
const OWN_KEYS = [
  "scriptName",
  "prod",
  "allowRemoval",
  "secretsRevision",
  "promoteFrom",
  "deployments",
  "organization",
  "environments",
] as const satisfies readonly (keyof typeof CONFIG_KEYS)[];

/** A review stack's name. `pull` is a pull request's number. */
export function reviewStack(pull: number): string {
  return `pr-${pull}`;
}

/** The number in a review stack's name; `undefined` for any other stack. */
export function pullOf(stack: string): number | undefined {
  const number = /^pr-([1-9]\d{0,8})$/.exec(stack)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * `Pulumi.pr-N.yaml` from the file of the stack that reviews are modelled on: the same Workers, under names of their own, with
 * the review stack's own Environment. Values that are encrypted for the other stack can't be read by this one: refused by name.
 */
export function reviewFile(base: string, baseName: string, project: string, stack: string): string {
  const faults: Fault[] = [];
  const document: unknown = parse(base);
  if (document !== null && !isObject(document)) {
    throw new FaultsError([{ where: baseName, what: "it is not a YAML mapping", fix: "Mend the file." }]);
  }
  const config = isObject(document?.config) ? document.config : {};
  const kept: [string, unknown][] = [];
  faults.push(...formerKeyFaults(new StackFile(baseName, base), project));
  for (const [key, value] of Object.entries(config)) {
    if (OWN_KEYS.some((own) => key === `${NAMESPACE}:${own}`)) continue;
    if (isObject(value) && "secure" in value) {
      faults.push({
        where: `${baseName}, ${key}`,
        what: "it is encrypted for its own stack, so a review stack can't read it",
        fix: "Store it in ESC, below pulumiConfig of an Environment that the file imports; or write Pulumi.review.yaml, which review stacks are modelled on where it exists.",
      });
    }
    kept.push([key, key === `${NAMESPACE}:workers` ? ownNames(value) : value]);
  }
  refuseIfAny(faults);
  return stringify({
    environment: [environmentNames(project, stack).definition],
    ...(kept.length === 0 ? {} : { config: Object.fromEntries(kept) }),
  });
}

/** Keys of an entry that speak of a script that exists. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  "scriptName",
  "adopt",
  "dropBindings",
  "externalSecrets",
  "protect",
  "allowRemoval",
  "overwriteDeployment",
]);

/** The scripts get the names that follow from the stack's; nothing of the account is taken over. */
function ownNames(workers: unknown): unknown {
  if (!Array.isArray(workers)) return workers;
  return workers.map((entry: unknown) => {
    if (!isObject(entry)) return entry;
    return Object.fromEntries(Object.entries(entry).filter(([key]) => !OF_THE_ACCOUNT.has(key)));
  });
}
