import * as v from "valibot";
import type { DeployedBinding } from "../../../api/cloudflare-deployed.ts";
import { drift, type Finding } from "./findings.ts";

const sentShape = v.array(v.looseObject({ name: v.string(), type: v.string() }));

/** A binding as the stack sent it, in the provider's own names; secret texts are in it. */
export type SentBinding = v.InferOutput<typeof sentShape>[number];

/** `undefined` where the state holds something else. */
export function sentBindings(value: unknown): readonly SentBinding[] | undefined {
  const parsed = v.safeParse(sentShape, value);
  return parsed.success ? parsed.output : undefined;
}

/**
 * What became of the bindings that the stack sent. Neither the provider's refresh nor a preview tells: both take plain
 * bindings from the state. Bindings that nobody sent are the guard's business. A field that the API does not show, or
 * shows by another name, is not compared.
 */
export function compareBindings(
  scriptName: string,
  sent: readonly SentBinding[],
  live: readonly DeployedBinding[],
  mend: string,
): Finding[] {
  const present = new Map(live.map((binding) => [binding.name, binding]));
  return sent.flatMap((binding): Finding[] => {
    const { name, type } = binding;
    // The guard tells of an inherited one that is missing.
    if (type === "inherit") return [];
    const isSecret = type === "secret_text" || type === "secret_key";
    const where = `${isSecret ? "secret" : `binding (${type})`} '${name}' of the Worker '${scriptName}'`;
    const found = present.get(name);
    if (found === undefined) {
      return [
        isSecret
          ? drift(
              "secret-missing",
              where,
              "the stack put it there, and somebody took it away",
              "pulumi up --refresh",
            )
          : drift("binding-missing", where, "the stack put it there, and somebody took it away", mend),
      ];
    }
    if (found.type !== type)
      return [drift("binding-changed", where, `the Worker has it as ${found.type} now`, mend)];
    if (isSecret) return [];
    const changed = changedFields(binding, found);
    if (changed.length === 0) return [];
    return [drift("binding-changed", where, changed.join("; "), mend)];
  });
}

/** Plain bindings are no secrets, but a long one says less than its being different. */
const LONGEST_SHOWN = 80;

function changedFields(sent: SentBinding, live: DeployedBinding): string[] {
  return Object.entries(sent).flatMap(([key, value]) => {
    if (key === "name" || key === "type" || value === undefined || value === null) return [];
    const field = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (!Object.hasOwn(live, field)) return [];
    const before = sent.type === "json" && field === "json" ? jsonOr(value) : value;
    const now = live[field];
    if (canonical(before) === canonical(now)) return [];
    const shown = [canonical(before), canonical(now)];
    return shown.some((text) => text.length > LONGEST_SHOWN)
      ? [`${field} is another one`]
      : [`${field} was ${shown[0]} and is ${shown[1]}`];
  });
}

function jsonOr(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The same text for the same JSON: keys in order, in either spelling (`scriptName`, `script_name`). */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
