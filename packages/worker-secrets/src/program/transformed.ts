import type { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import * as pulumi from "@pulumi/pulumi";

/** What the plan says of a script. */
interface Planned {
  readonly scriptName: string;
  /** Names of its bindings. */
  readonly names: readonly string[];
}

/**
 * Warns where the engine registered another script than the plan has: a transform of the program runs after all checks, and the
 * resource's outputs are the first place that shows what it did. By names alone. No output has `protect`: where a transform takes
 * that off, the next plan finds it in the state (`checkLosses`).
 */
export function warnOfTransform(script: WorkersScript, planned: Planned): void {
  pulumi.all([script.scriptName, script.bindings]).apply(([scriptName, bindings]) => {
    const registered = (bindings ?? []).map(({ name }) => name);
    const text = differences(planned, { scriptName, names: registered });
    return text === undefined ? undefined : pulumi.log.warn(text, script);
  });
}

/** Pure. `undefined` where everything of the plan is registered. */
export function differences(planned: Planned, registered: Planned): string | undefined {
  const without = planned.names.filter((name) => !registered.names.includes(name));
  const changed = [
    ...(registered.scriptName === planned.scriptName ? [] : [`under the name '${registered.scriptName}'`]),
    ...(without.length === 0 ? [] : [`without ${without.sort().join(", ")}`]),
  ];
  if (changed.length === 0) return undefined;
  return `The Worker '${planned.scriptName}' was checked, and is registered ${changed.join(" and ")}: a transform of the program changed it after the checks. Leave the resources of SecretWorker out of the transform.`;
}
