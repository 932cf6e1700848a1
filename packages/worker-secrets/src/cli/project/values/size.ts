import type { Fault } from "../../../faults.ts";
import {
  configSize,
  describeSize,
  expectedConfig,
  isNearlyTooLarge,
  isTooLarge,
  SIZE_FIX,
} from "../config-size.ts";
import type { Context } from "../context.ts";
import type { Declared } from "../declared.ts";
import type { StackFile } from "../stack-file.ts";
import { type Decision, type Stored, treeAfter } from "./slots.ts";

/**
 * Whether a program can still be started with the values as they will be. More than that is a fault where this run adds to
 * it, and else a note: what is there already is not in the way of a repair.
 */
export function checkSize(
  { context: { project, names }, file, declared }: SizedStack,
  stored: Stored,
  decisions: readonly Decision[],
): { readonly faults: readonly Fault[]; readonly notes: readonly string[] } {
  const scripts = declared.workers.map(({ scriptName }) => scriptName);
  const size = configSize(expectedConfig(file, project, scripts, treeAfter(stored.secrets, decisions)));
  if (!isNearlyTooLarge(size)) return { faults: [], notes: [] };
  const adds = decisions.some(({ kind, slot }) => kind === "store" && slot.environment === "secrets");
  const fault = { where: `Environment ${names.secrets}`, what: describeSize(size), fix: SIZE_FIX };
  return isTooLarge(size) && adds
    ? { faults: [fault], notes: [] }
    : { faults: [], notes: [`${fault.where}: ${fault.what}. ${fault.fix}`] };
}

interface SizedStack {
  readonly context: Context;
  readonly file: StackFile;
  readonly declared: Declared;
}
