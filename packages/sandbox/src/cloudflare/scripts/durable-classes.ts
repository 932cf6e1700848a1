import { randomBytes } from "node:crypto";
import { classesOf } from "../durable-objects/records.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { scripts } from "../model.ts";
import type { ResolvedBinding } from "./bindings.ts";
import { type MigrationResult, migrate, type SentMigrations } from "./migrations.ts";
import { findReferrers } from "./referrers.ts";

export interface Plan extends MigrationResult {
  /** The ids of the namespaces that are made, by class. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/**
 * What a version's migration makes of the script's Durable Object classes. Nothing is stored yet. `namespaces` are the
 * ids of an earlier plan of the same migration.
 */
export function plannedClasses(
  context: CloudflareContext,
  script: ScriptRecord,
  sent: SentMigrations | null | undefined,
  bindings: readonly ResolvedBinding[],
  namespaces: Readonly<Record<string, string>> = {},
): Plan {
  const { store } = context;
  const { account, id, name } = script;
  const classes = classesOf(store, account, id);
  if (sent == null) return { classes, tag: script.migrationTag, faults: [], namespaces };
  const own = bindings.flatMap((binding) => {
    const { type, fields } = "sent" in binding ? binding.sent : binding.kept;
    if (type !== "durable_object_namespace") return [];
    const owner = fields.script_name;
    return owner === undefined || owner === "" || owner === name ? [String(fields.class_name)] : [];
  });
  const foreign = findReferrers(context, script).durableObjects.map(({ className }) => className);
  const made = new Map(Object.entries(namespaces));
  const planned = migrate({
    sent,
    tag: script.migrationTag,
    classes,
    classesOf(from) {
      const found = store.get(scripts, [account, from]);
      return found === undefined ? undefined : classesOf(store, account, found.id);
    },
    bound: new Set([...own, ...foreign]),
    newId(className) {
      const id = made.get(className) ?? randomBytes(16).toString("hex");
      made.set(className, id);
      return id;
    },
  });
  return { ...planned, namespaces: Object.fromEntries(made) };
}
