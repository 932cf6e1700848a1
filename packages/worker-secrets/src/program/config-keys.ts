import { distance } from "fastest-levenshtein";
import type { Fault } from "../faults.ts";

/** The namespace of the config keys, whatever the Pulumi project is called. */
export const NAMESPACE = "worker-secrets";

/** The config keys of a stack, all in this namespace, all optional. The README's table has each of them. */
export const CONFIG_KEYS = {
  workers: "workers",
  scriptName: "scriptName",
  prod: "prod",
  allowRemoval: "allowRemoval",
  secretsRevision: "secretsRevision",
  promoteFrom: "promoteFrom",
  organization: "organization",
  environments: "environments",
  platform: "platform",
  deployments: "deployments",
} as const;

/** What the definition of the stack's Environment sets, in the same namespace (definition.ts). Nobody writes these. */
export const DEFINITION_KEYS = ["digest", "accountId", "scripts", "secrets"] as const;

const KNOWN: readonly string[] = Object.values(CONFIG_KEYS);

/** The names of the config keys that a program was given. */
export interface GivenKeys {
  readonly project: string;
  readonly stack: string;
  /** The keys of the namespace `worker-secrets`, those out of an imported Environment's `pulumiConfig` among them. */
  readonly keys: readonly string[];
  /** The same of the project's own namespace, which ours had been; none where the project is called `worker-secrets`. */
  readonly formerKeys: readonly string[];
}

/** What is to be said of the names of keys. */
export interface KeyFindings {
  /** Nearly a known key: a protection may be meant (`prod`, `promoteFrom`), and would silently be off. */
  readonly misspelt: readonly { readonly key: string; readonly meant: string }[];
  /**
   * Like none of them. Not refused: in a project called `worker-secrets`, whoever extends `index.ts` reads keys of their own
   * with `new pulumi.Config()`, whose namespace is this one. A warning all the same: it may be a key that is remembered wrongly.
   */
  readonly others: readonly string[];
}

/** Pure: looks through the names of the keys in the namespace. */
export function lookThroughKeys(keys: readonly string[]): KeyFindings {
  const unknown = keys.filter((key) => !KNOWN.includes(key) && !DEFINITION_KEYS.some((own) => own === key));
  const meant = new Map(unknown.map((key) => [key, KNOWN.find((known) => isNear(key, known))]));
  return {
    misspelt: unknown.flatMap((key) => {
      const known = meant.get(key);
      return known === undefined ? [] : [{ key, meant: known }];
    }),
    others: unknown.filter((key) => meant.get(key) === undefined),
  };
}

/** The faults in the names of the keys that a program was given: former names, and slips. */
export function keyNameFaults(config: GivenKeys): Fault[] {
  const { project, stack, keys, formerKeys } = config;
  const former = formerKeys.filter(isKnownKey).map((key) =>
    // The engine has merged the two files, so nothing tells in which of them the key stands.
    formerKeyFault(key, keys, `Pulumi.${stack}.yaml (or 'config' in Pulumi.yaml), ${project}:${key}`),
  );
  return [...former, ...misspeltKeys(config)];
}

export function isKnownKey(key: string): boolean {
  return KNOWN.includes(key);
}

/**
 * Until version 0.2 the keys had the project's name as their namespace. They are refused, not read: a protection in an old
 * key (`prod`, `promoteFrom`) must not be off without a word. `keys`: those of the present namespace.
 */
export function formerKeyFault(key: string, keys: readonly string[], where: string): Fault {
  const name = `${NAMESPACE}:${key}`;
  return {
    where,
    what: `the key is called ${name} now, whatever the project is called, and this one is not read`,
    fix: `${keys.includes(key) ? `Take it out: ${name} is set as well` : `Write ${name}`}. If your own code reads it, give it another name.`,
  };
}

/** The faults for keys that are nearly a known one. `where` names a key in messages; default: by the stack's file. */
export function misspeltKeys(
  config: Pick<GivenKeys, "stack" | "keys">,
  where = (key: string) => `Pulumi.${config.stack}.yaml, ${NAMESPACE}:${key}`,
): Fault[] {
  return lookThroughKeys(config.keys).misspelt.map(({ key, meant }) => ({
    where: where(key),
    what: `there is no such config key, so it would do nothing; did you mean '${meant}'?`,
    fix: `Write ${NAMESPACE}:${meant}. If your own code reads it, give it another name, or a namespace of its own.`,
  }));
}

/** The line about a key that nothing of this project reads. */
export function otherKey({ stack }: Pick<GivenKeys, "stack">, key: string) {
  return {
    what: `${NAMESPACE}:${key} is not a config key that is read (known are ${KNOWN.join(", ")})`,
    fix: `Take it out (pulumi config rm ${NAMESPACE}:${key} --stack ${stack}), or give what your own code reads a namespace of its own.`,
  };
}

/** Says so in a preview or an `up`. */
export async function warnOfOtherKeys(config: Pick<GivenKeys, "stack" | "keys">): Promise<void> {
  for (const key of lookThroughKeys(config.keys).others) {
    const { log } = await import("@pulumi/pulumi");
    const { what, fix } = otherKey(config, key);
    await log.warn(`${what}.\n  ${fix}`);
  }
}

/** Two slips; only one in a short key, else `proxy` and `port` would be taken for `prod`. */
function isNear(key: string, known: string): boolean {
  const [one, other] = [folded(key), folded(known)];
  const most = other.length < 6 ? 1 : 2;
  return Math.abs(one.length - other.length) <= most && slips(one, other) <= most;
}

/** Case and the signs between words are how people remember a name, not part of it. */
function folded(key: string): string {
  return key.replace(/[-_. ]/g, "").toLowerCase();
}

/** Letters that are missing, too many or wrong; two neighbours that changed places are one slip. */
function slips(one: string, other: string): number {
  const swapped = Array.from({ length: Math.max(one.length - 1, 0) }, (_, at) => {
    const [first = "", second = ""] = one.slice(at);
    return distance(one.slice(0, at) + second + first + one.slice(at + 2), other) + 1;
  });
  return Math.min(distance(one, other), ...swapped);
}
