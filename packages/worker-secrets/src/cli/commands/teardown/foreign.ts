import * as v from "valibot";
import type { Fault } from "../../../faults.ts";
import { ENVIRONMENT_COMPONENT, isInComponent, WORKER_COMPONENT } from "../../../program/components.ts";
import { resourcesOf } from "../../../program/deployed.ts";
import type { DataName } from "../../../program/protection/data.ts";
import { DATA_KINDS, ownedBy } from "../../../program/protection/owned.ts";

/** What a teardown destroys, and what it leaves. */
export interface Division {
  /** URNs of the stack's own resources, and of those that were asked for by name. */
  readonly going: readonly string[];
  /** The program's other resources, `<type> <name>`. */
  readonly left: readonly string[];
  readonly faults: readonly Fault[];
}

const resource = v.object({
  urn: v.string(),
  type: v.string(),
  parent: v.optional(v.string(), ""),
  dependencies: v.optional(v.array(v.string()), []),
});
type Resource = v.InferOutput<typeof resource>;

/** Our own resources beside them, by type and name. The Environment was one up to version 0.1. */
const OWN: readonly string[] = [
  "pulumi:index:Stash::fingerprint-key",
  "pulumiservice:api/esc:Environment::environment",
  "pulumiservice:index:DeploymentSettings::deployments",
  "pulumiservice:index:DriftSchedule::drift",
  "pulumiservice:index:TtlSchedule::ttl",
];

/**
 * Divides a state. The program file may declare resources of its user's beside the Workers: those stay, unless `also` names them.
 * A `platform` stack has nothing but metadata at Pulumi Cloud.
 */
export function divide(
  deployment: unknown,
  {
    also,
    platform,
    declared,
  }: {
    readonly also: readonly string[];
    readonly platform: boolean;
    /** What the Workers declare now: an `up` that ended early has noted nothing. */
    readonly declared: readonly DataName[];
  },
): Division {
  const all = resourcesOf(deployment).flatMap((one) => {
    const parsed = v.safeParse(resource, one);
    return parsed.success && !isNeutral(parsed.output.type) ? [parsed.output] : [];
  });
  const owned = ownedBy(deployment);
  const data = new Set(owned.data.map(({ urn }) => urn));
  const guards = new Set([...owned.guards.keys()].map((worker) => `pulumi:index:Stash::${worker}-guard`));
  const isOwn = ({ urn, type }: Resource) => {
    const [types = "", name = ""] = [urn.split("::")[2], urn.split("::").slice(3).join("::")];
    const place = `${types}::${name}`;
    return (
      isInComponent(urn, WORKER_COMPONENT, ENVIRONMENT_COMPONENT) ||
      data.has(urn) ||
      declared.some((one) => types === type && DATA_KINDS[type] === one.kind && name === one.name) ||
      OWN.includes(place) ||
      guards.has(place) ||
      (platform && types.startsWith("pulumiservice:"))
    );
  };
  const others = all.filter((one) => !isOwn(one));
  const asked = others.filter((one) => also.some((name) => name === one.urn || name === nameOf(one)));
  const kept = others.filter((one) => !asked.includes(one));
  const going = all.filter((one) => !kept.includes(one)).map(({ urn }) => urn);
  const unknown = also.filter((name) => !others.some((one) => name === one.urn || name === nameOf(one)));
  return {
    going,
    left: kept.map(shown),
    faults: [...unknownFaults(unknown, others), ...needing(kept, going)],
  };
}

/** They hold nothing themselves, and go with the stack. */
function isNeutral(type: string): boolean {
  return (
    type === "pulumi:pulumi:Stack" ||
    type === "pulumi:pulumi:StackReference" ||
    type.startsWith("pulumi:providers:")
  );
}

function unknownFaults(names: readonly string[], others: readonly Resource[]): Fault[] {
  return names.map((name) => ({
    where: `--also ${name}`,
    what: "the stack has no resource of that name besides the Workers' own",
    fix: others.length === 0 ? "Leave the option out." : `It has: ${others.map(nameOf).join(", ")}.`,
  }));
}

/** The engine would refuse to destroy what they depend on, in the middle. */
function needing(kept: readonly Resource[], going: readonly string[]): Fault[] {
  return kept
    .filter(({ parent, dependencies }) => [parent, ...dependencies].some((urn) => going.includes(urn)))
    .map((one) => ({
      where: `resource ${shown(one)}`,
      what: "it is none of the Workers' own, and it depends on what would be destroyed",
      fix: `If it is to go too: --also ${nameOf(one)}. Else take the dependency out of the program and run 'pulumi up' first.`,
    }));
}

function nameOf({ urn }: Resource): string {
  return urn.split("::").slice(3).join("::");
}

function shown(one: Resource): string {
  return `${one.type} ${nameOf(one)}`;
}
