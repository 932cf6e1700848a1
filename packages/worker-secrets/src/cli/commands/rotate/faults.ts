import type { Fault } from "../../../faults.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import type { ValueTree } from "../../../program/values.ts";
import { configSize, describeSize, expectedConfig, isTooLarge, SIZE_FIX } from "../../project/config-size.ts";
import { isNumber } from "../../project/pins/resolve-pin.ts";
import type { Target } from "../../project/target.ts";
import type { ValueOrigin } from "../../project/value-origin.ts";
import { coveredFaults, type WrittenText } from "../../project/value-source.ts";
import type { RotateOptions } from "./options.ts";
import { type Place, previousName } from "./plan.ts";

/** What the Environment holds, before a value is written. */
export interface Held extends WrittenText {
  /** Where the value comes from now. */
  readonly origin: ValueOrigin;
  /** Whether the opened Environment has a value of this name at the place. */
  readonly opened: (name: string) => boolean;
}

/** Where the value can't be written, or not in this way. */
export async function sourceFaults(
  place: Place,
  held: Held,
  { rotator = false, overlap = false, endOverlap = false, detach = false }: RotateOptions,
): Promise<Fault[]> {
  const { name, worker } = place;
  const { environment, origin, opened } = held;
  const where = `Environment ${environment}`;
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
  if (origin.kind === "rotator" && !endOverlap && !detach)
    return [{ where, what: `'${name}' is made by a rotator`, fix: "Let it make a new one: --rotator" }];
  // The end of an overlap writes NAME_PREVIOUS alone; an overlap writes both.
  const written = endOverlap ? [previousName(name)] : overlap ? [name, previousName(name)] : [name];
  const way = detach ? undefined : "--detach";
  return coveredFaults(
    held,
    written.map((one) => ({ name: one, worker, opened: opened(one), way })),
  );
}

/**
 * A value that makes the config too large for a program to start. What was too large before is only said when the engine
 * starts: a leaked key can be replaced all the same.
 */
export function sizeFaults(
  { context: { project, names }, declared, file }: Target,
  { name, worker }: Pick<Place, "name" | "worker">,
  tree: ValueTree,
  { value, keep }: { readonly value: string; readonly keep: string | undefined },
): Fault[] {
  const scripts = declared.workers.map(({ scriptName }) => scriptName);
  const sizeOf = ({ shared, own }: ValueTree) => {
    const secrets = { environmentVariables: shared, workers: own };
    return configSize(expectedConfig(file, project, scripts, secrets));
  };
  const written = { [name]: value, ...(keep === undefined ? {} : { [previousName(name)]: keep }) };
  const after = sizeOf(
    worker === undefined
      ? { ...tree, shared: { ...tree.shared, ...written } }
      : { ...tree, own: { ...tree.own, [worker]: { ...tree.own[worker], ...written } } },
  );
  if (!isTooLarge(after) || after.bytes <= sizeOf(tree).bytes) return [];
  return [{ where: `Environment ${names.secrets}`, what: describeSize(after), fix: SIZE_FIX }];
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
      where: `${file.shownAs}, ${NAMESPACE}:secretsRevision`,
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
