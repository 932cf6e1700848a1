import type { PulumiClient } from "../../../api/pulumi.ts";
import type { Fault } from "../../../program/faults.ts";
import type { ValueTree } from "../../../program/values.ts";
import { placeOf } from "../../project/init-environments.ts";
import { isOwn, valueOrigin } from "../../project/value-origin.ts";
import { coveredFault } from "../../project/value-source.ts";
import { isNumber } from "../promote/pin.ts";
import type { Target } from "../promote/target.ts";
import { type Place, previousName } from "./plan.ts";
import type { RotateOptions } from "./run.ts";

/** What the Environment holds, before a value is written. */
export interface Held {
  readonly client: PulumiClient;
  readonly environment: string;
  /** The Environment's text; empty for one that does not exist. */
  readonly yaml: string;
  /** Whether the opened Environment has a value of this name at the place. */
  readonly opened: (name: string) => boolean;
}

/** Where the value can't be written, or not in this way. */
export async function sourceFaults(
  place: Place,
  held: Held,
  { rotator = false, overlap = false, endOverlap = false, detach = false }: RotateOptions,
): Promise<Fault[]> {
  const { name } = place;
  const { environment, yaml, opened } = held;
  const where = `Environment ${environment}`;
  const origin = valueOrigin(yaml, placeOf(place), opened(name));
  if (rotator && overlap)
    return [
      {
        where: "--overlap",
        what: "a rotator keeps the previous value in its own state",
        fix: "Leave --overlap out.",
      },
    ];
  if (rotator)
    return origin.kind === "rotator"
      ? []
      : [
          {
            where,
            what: `'${name}' is not made by a rotator (fn::rotate)`,
            fix: `Look at it: pulumi env edit ${environment}`,
          },
        ];
  if (detach) return [];
  if (origin.kind === "rotator" && !endOverlap)
    return [{ where, what: `'${name}' is made by a rotator`, fix: "Let it make a new one: --rotator" }];
  // The end of an overlap writes NAME_PREVIOUS alone; an overlap writes both.
  const written = endOverlap ? [previousName(name)] : overlap ? [name, previousName(name)] : [name];
  const faults: Fault[] = [];
  for (const one of written) {
    const path = placeOf({ name: one, worker: place.worker });
    const from = valueOrigin(yaml, path, opened(one));
    if (isOwn(from)) continue;
    const covered = { environment, path: path.slice(1), name: one, origin: from, way: "--detach" };
    faults.push(await coveredFault(held.client, yaml, covered));
  }
  return faults;
}

/** An overlap needs Workers that take the value before. */
export function overlapFaults({ name, users }: Place): Fault[] {
  const previous = previousName(name);
  return users
    .filter(
      ({ config, optionalSecrets }) =>
        !config.requiredSecrets.includes(previous) && !optionalSecrets.includes(previous),
    )
    .map(({ config, name: worker }) => ({
      where: config.whereIs(["secrets", "required"]),
      what: `an overlap needs '${previous}', and the Worker '${worker}' does not declare it`,
      fix: `Add it to 'optionalSecrets' of the Worker's entry (then it may be absent), or to secrets.required.`,
    }));
}

/** A tag is moved by those who own it. */
export function pinFaults(
  { declared: { secretsRevision }, context, file }: Target,
  { up = true }: RotateOptions,
): Fault[] {
  if (secretsRevision === undefined || isNumber(secretsRevision) || !up) return [];
  return [
    {
      where: `${file.shownAs}, ${context.project}:secretsRevision`,
      what: `the values are pinned to the tag '${secretsRevision}', so a new value would not be deployed`,
      fix: `Store it with --no-up, then move the tag: pulumi env version tag ${context.names.secrets}@${secretsRevision} @latest, and run pulumi up.`,
    },
  ];
}

/**
 * A rotation moves a pinned number to the revision that it makes, and with it goes whatever else was changed since: after
 * a rollback, what was rolled back from. Names only.
 */
export function otherChanges(
  { declared: { secretsRevision }, context: { names } }: Target,
  { name, worker }: Place,
  pinned: ValueTree,
  latest: ValueTree,
): Fault[] {
  const own = [name, previousName(name)];
  const differing = (
    one: Readonly<Record<string, unknown>> = {},
    other: Readonly<Record<string, unknown>> = {},
  ) => [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]);
  const changed = [
    ...differing(pinned.shared, latest.shared).filter((key) => worker !== undefined || !own.includes(key)),
    ...[...new Set([...Object.keys(pinned.own), ...Object.keys(latest.own)])].flatMap((one) =>
      differing(pinned.own[one], latest.own[one])
        .filter((key) => worker !== one || !own.includes(key))
        .map((key) => `${one}.${key}`),
    ),
  ].sort();
  if (changed.length === 0) return [];
  return [
    {
      where: `Environment ${names.secrets}`,
      what: `its latest revision differs from the pinned one (${secretsRevision}) in ${changed.join(", ")} too, which a rotation would deploy`,
      fix: `Bring the pinned values back: pulumi env version rollback ${names.secrets}@${secretsRevision}; or deploy the others first, by their own pin. Then rotate.`,
    },
  ];
}
