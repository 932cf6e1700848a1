import { randomBytes } from "node:crypto";
import type * as v from "valibot";
import { classesOf } from "../durable-objects/records.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { scripts } from "../model.ts";
import type { ResolvedBinding } from "./bindings.ts";
import { type MigrationResult, type Migrations, migrate } from "./migrations.ts";
import { findReferrers } from "./referrers.ts";

/** What an upload's migration makes of the script's Durable Object classes. Nothing is stored yet. */
export function plannedClasses(
  context: CloudflareContext,
  script: ScriptRecord,
  sent: v.InferOutput<typeof Migrations> | null | undefined,
  bindings: readonly ResolvedBinding[],
): MigrationResult {
  const { store } = context;
  const { account, id, name } = script;
  const classes = classesOf(store, account, id);
  if (sent == null) return { classes, tag: script.migrationTag, faults: [] };
  const own = bindings.flatMap((binding) => {
    const { type, fields } = "sent" in binding ? binding.sent : binding.kept;
    if (type !== "durable_object_namespace") return [];
    const owner = fields.script_name;
    return owner === undefined || owner === "" || owner === name ? [String(fields.class_name)] : [];
  });
  const foreign = findReferrers(context, script).durableObjects.map(({ className }) => className);
  return migrate({
    sent,
    tag: script.migrationTag,
    classes,
    classesOf(from) {
      const found = store.get(scripts, [account, from]);
      return found === undefined ? undefined : classesOf(store, account, found.id);
    },
    bound: new Set([...own, ...foreign]),
    newId: () => randomBytes(16).toString("hex"),
  });
}
