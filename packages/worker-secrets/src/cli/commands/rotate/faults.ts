import type { Fault } from "../../../program/faults.ts";
import type { ValueTree } from "../../../program/values.ts";
import { isNumber } from "../promote/pin.ts";
import type { Target } from "../promote/target.ts";
import { type Place, previousName } from "./plan.ts";
import type { RotateOptions } from "./run.ts";
import type { sourceOf } from "./store.ts";

/** Where the value can't be written, or not in this way. */
export function sourceFaults(
  { name }: Place,
  source: ReturnType<typeof sourceOf>,
  { rotator = false, overlap = false, endOverlap: ending = false }: RotateOptions,
  environment: string,
): Fault[] {
  const where = `Environment ${environment}`;
  const look = `Look at it: pulumi env edit ${environment}`;
  if (ending) return [];
  if (rotator && overlap)
    return [
      {
        where: "--overlap",
        what: "a rotator keeps the value before by itself, in its own state",
        fix: "Leave --overlap out.",
      },
    ];
  if (rotator)
    return source === "rotator"
      ? []
      : [{ where, what: `'${name}' is not made by a rotator (fn::rotate)`, fix: look }];
  if (source === "rotator")
    return [{ where, what: `'${name}' is made by a rotator`, fix: "Let it make a new one: --rotator" }];
  if (source === "elsewhere")
    return [
      {
        where,
        what: `the value of '${name}' comes from elsewhere; writing it here would cut it off`,
        fix: `Rotate it where it comes from. ${look}`,
      },
    ];
  return [];
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
