import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { THING, type Things } from "./pulumi-journal-harness.ts";

/** One resource of a random program. Numbers name other resources of the same program; only earlier ones count. */
export interface ResourceSpec {
  readonly kind: "thing" | "group";
  readonly value: number;
  readonly key: number;
  readonly fail: "" | "create" | "update" | "delete";
  readonly secret: boolean;
  /** Registered under a second name, with the first as its alias. */
  readonly renamed: boolean;
  readonly parent: number;
  readonly dependsOn: readonly number[];
  /** Takes an input from another thing's output. */
  readonly from: number;
  readonly deletedWith: number;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreValue: boolean;
  readonly import: boolean;
}

/** `undefined` in `resources`: the program does not have that one. */
export interface Step {
  readonly operation: "up" | "up-refresh" | "up-target" | "refresh" | "destroy" | "unprotect";
  readonly resources: readonly (ResourceSpec | undefined)[];
  /** Things that change, or go, before the operation, by their number. */
  readonly drifted: readonly number[];
  readonly gone: readonly number[];
}

const COUNT = 5;
const number = fc.integer({ min: 0, max: COUNT - 1 });
const rarely = (weight: number) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(true) }, { weight, arbitrary: fc.constant(false) });
const reference = fc.oneof({ weight: 2, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: number });

const resource: fc.Arbitrary<ResourceSpec> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant("thing" as const) },
    { weight: 1, arbitrary: fc.constant("group" as const) },
  ),
  value: fc.integer({ min: 0, max: 2 }),
  key: fc.integer({ min: 0, max: 1 }),
  fail: fc.oneof(
    { weight: 12, arbitrary: fc.constant("" as const) },
    { weight: 1, arbitrary: fc.constantFrom("create" as const, "update" as const, "delete" as const) },
  ),
  secret: rarely(3),
  renamed: rarely(4),
  parent: reference,
  dependsOn: fc.uniqueArray(number, { maxLength: 2 }),
  from: reference,
  deletedWith: fc.oneof({ weight: 5, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: number }),
  protect: rarely(9),
  retainOnDelete: rarely(6),
  deleteBeforeReplace: rarely(2),
  ignoreValue: rarely(8),
  import: rarely(10),
});

const step: fc.Arbitrary<Step> = fc.record({
  operation: fc.oneof(
    { weight: 6, arbitrary: fc.constant("up" as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        "up-refresh" as const,
        "up-target" as const,
        "refresh" as const,
        "destroy" as const,
        "unprotect" as const,
      ),
    },
  ),
  resources: fc.array(fc.option(resource, { nil: undefined, freq: 4 }), {
    minLength: COUNT,
    maxLength: COUNT,
  }),
  drifted: fc.uniqueArray(number, { maxLength: 2 }),
  gone: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(number, { maxLength: 2 }) },
  ),
});

/** A stack's life: each step with a program that shares some resources with the one before. */
export const lives: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 2, maxLength: 4 });

const GIVE_UP = 4000;

/** Whether some resource of the program is meant to fail while it is registered, which ends the program there. */
export const failsEarly = ({ resources }: Step): boolean =>
  resources.some((spec) => spec?.fail === "create" || spec?.fail === "update");

/**
 * Whether the engine (3.259) could wait for ever: with `--continue-on-error`, a deletion that fails before its replacement
 * is made leaves the registration without an answer, since only the step that failed is told so
 * (`stepExecutor.cancelDueToError`), not those behind it in its chain.
 */
export const couldHang = ({ operation, resources }: Step, things: Things): boolean =>
  operation.startsWith("up") &&
  resources.some((spec) => spec?.deleteBeforeReplace) &&
  [...things.stored.values()].some(({ fail }) => fail === "delete");

export const labelOf = (at: number): string => `r${at}`;

/**
 * Registers the program's resources one after the other, so that two runs of it do the same in the same order even
 * when one of them fails. Stops where `over` says that the engine is gone.
 */
export async function register({ resources }: Step, things: Things, over?: AbortSignal): Promise<void> {
  const made: (pulumi.Resource | undefined)[] = [];
  for (const [at, spec] of resources.entries()) {
    if (over?.aborted) return;
    made[at] = spec && one(at, spec, made, things);
    const urn = made[at]?.urn;
    // One that fails never gets a URN; with `continueOnError` the program goes on all the same.
    const given = new Promise((resolve) => urn?.apply(resolve) ?? resolve(undefined));
    const waited = sleep(GIVE_UP, undefined, { ref: false, signal: over }).catch(() => undefined);
    await Promise.race([given, waited]);
  }
}

function one(
  at: number,
  spec: ResourceSpec,
  made: readonly (pulumi.Resource | undefined)[],
  things: Things,
): pulumi.Resource {
  const label = labelOf(at);
  const earlier = (index: number) => (index >= 0 && index < at ? made[index] : undefined);
  const [name, other] = spec.renamed ? [`${label}-new`, label] : [label, `${label}-new`];
  const parent = earlier(spec.parent);
  const common: pulumi.ComponentResourceOptions = {
    aliases: [{ name: other }],
    dependsOn: spec.dependsOn.flatMap((index) => earlier(index) ?? []),
    protect: spec.protect,
    ...(parent === undefined ? {} : { parent }),
  };
  if (spec.kind === "group") return new pulumi.ComponentResource("testing:index:Group", name, {}, common);
  const deletedWith = earlier(spec.deletedWith);
  const from = earlier(spec.from);
  const present = things.ids(label)[0];
  const options: pulumi.CustomResourceOptions = {
    ...common,
    retainOnDelete: spec.retainOnDelete,
    deleteBeforeReplace: spec.deleteBeforeReplace,
    ignoreChanges: spec.ignoreValue ? ["value"] : [],
    ...(deletedWith instanceof pulumi.CustomResource ? { deletedWith } : {}),
    ...(spec.import && present !== undefined ? { import: present } : {}),
  };
  return new Thing(
    name,
    {
      label,
      value: spec.value,
      key: spec.key,
      fail: spec.fail,
      ...(spec.secret ? { secret: pulumi.secret(`canary ${spec.value}`) } : {}),
      ...(from instanceof Thing ? { from: from.out } : {}),
    },
    options,
  );
}

export class Thing extends pulumi.CustomResource {
  declare readonly out: pulumi.Output<string>;
  constructor(name: string, props: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
    super(THING, name, { ...props, out: undefined }, { version: "1.0.0", ...options });
  }
}
