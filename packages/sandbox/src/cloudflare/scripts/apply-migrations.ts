import { ordinal } from "../../store/store.ts";
import { dropGone } from "../durable-objects/drop.ts";
import { classesOf, replaceClasses } from "../durable-objects/records.ts";
import { ApiFault, fault } from "../envelope.ts";
import {
  type CloudflareContext,
  type DeploymentRecord,
  type ScriptRecord,
  type VersionMigration,
  type VersionRecord,
  versions,
} from "../model.ts";
import { plannedClasses } from "./durable-classes.ts";
import { exportFaults } from "./migrations.ts";
import { versionById, versionsOf } from "./state.ts";

/**
 * Applies what the versions' migrations have not done yet: "applied when the version is deployed", as the SDK says of
 * them. Each is applied once, however often its version is deployed. Call within a transaction; what does not fit the
 * script any more is thrown, and nothing is stored.
 */
export function applyMigrations(
  context: CloudflareContext,
  script: ScriptRecord,
  shares: DeploymentRecord["versions"],
): ScriptRecord {
  const found = shares.flatMap(({ version_id }) => versionById(context, script, version_id) ?? []);
  let migrated = script;
  for (const version of found) {
    const { migration } = version;
    if (migration === undefined || migration.applied) continue;
    // What half of the traffic would find has another shape: a migration is atomic. The code is an upload's (10211).
    if (shares.length > 1) {
      throw fault(
        400,
        10211,
        `The deployment can't be used: the version ${version.id} has a Durable Object migration that is not applied yet. Deploy it alone first, at 100%.`,
      );
    }
    if (!doneByAnother(migration, migrated)) migrated = apply(context, migrated, version, migration);
    markApplied(context, migrated, migration.origin);
  }
  tag(context, migrated, shares);
  return migrated;
}

/** Two uploads of one migration: the second one to be deployed has nothing left to do. */
function doneByAnother({ sent }: VersionMigration, { migrationTag }: ScriptRecord): boolean {
  const { old_tag, new_tag } = sent;
  return new_tag != null && new_tag === migrationTag && (old_tag ?? "") !== migrationTag;
}

function apply(
  context: CloudflareContext,
  script: ScriptRecord,
  { bindings, namedHandlers }: VersionRecord,
  { sent, namespaces }: VersionMigration,
): ScriptRecord {
  const { store } = context;
  const kept = bindings.map((binding) => ({ kept: binding }));
  const { classes, tag: migrationTag, faults } = plannedClasses(context, script, sent, kept, namespaces);
  const before = classesOf(store, script.account, script.id);
  const all = faults.length > 0 ? faults : exportFaults(before, classes, namedHandlers);
  if (all.length > 0) throw new ApiFault(400, all);
  replaceClasses(store, script.account, script.id, classes);
  // Not before the transaction is done: until then they may still stay.
  setImmediate(() => dropGone(context));
  return migrationTag === undefined ? script : { ...script, migrationTag };
}

function markApplied(context: CloudflareContext, script: ScriptRecord, origin: string): void {
  for (const version of versionsOf(context, script)) {
    const { migration } = version;
    if (migration?.origin === origin)
      put(context, script, { ...version, migration: { ...migration, applied: true } });
  }
}

/** "Set when the version is deployed": its first deployment says at which migration the script was. */
function tag(context: CloudflareContext, script: ScriptRecord, shares: DeploymentRecord["versions"]): void {
  const { migrationTag } = script;
  if (migrationTag === undefined) return;
  for (const { version_id } of shares) {
    const version = versionById(context, script, version_id);
    if (version !== undefined && version.migrationTag === undefined)
      put(context, script, { ...version, migrationTag });
  }
}

function put({ store }: CloudflareContext, { account, id }: ScriptRecord, version: VersionRecord): void {
  store.put(versions, [account, id, ordinal(version.number)], version);
}
