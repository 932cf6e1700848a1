import { randomUUID } from "node:crypto";
import { ordinal } from "../../store/store.ts";
import {
  type CloudflareContext,
  type CodeRecord,
  codes,
  type DeploymentRecord,
  deployments,
  type ScriptRecord,
  scripts,
  type VersionRecord,
  versions,
} from "../model.ts";
import { applyMigrations } from "./apply-migrations.ts";

/** The tag comes with a deployment. */
export type NewVersion = Omit<VersionRecord, "number" | "migrationTag">;

/** What a version that is made from another one takes over: all but what that one's upload and deployments say. */
export function successor(before: VersionRecord): Omit<NewVersion, "emptyBindings"> {
  const { number: _, emptyBindings: __, migrationTag: ___, migration, ...rest } = before;
  // One that is applied is the other version's. One that is not comes along, and is applied by whichever is deployed.
  return migration === undefined || migration.applied ? rest : { ...rest, migration };
}

/** Stores a version, and its code unless it is there already. Call within a transaction. */
export function addVersion(
  { store }: CloudflareContext,
  script: ScriptRecord,
  version: NewVersion,
  code: CodeRecord | undefined,
): ScriptRecord {
  const number = script.versionCount + 1;
  const changed = { ...script, versionCount: number, modifiedOn: version.createdOn };
  if (code !== undefined) store.put(codes, [script.account, script.id, version.etag], code);
  store.put(versions, [script.account, script.id, ordinal(number)], { ...version, number });
  store.put(scripts, [script.account, script.name], changed);
  return changed;
}

/** Sends the script's traffic to these versions, and applies their migrations. Call within a transaction. */
export function addDeployment(
  context: CloudflareContext,
  script: ScriptRecord,
  deployment: Omit<DeploymentRecord, "id">,
): { readonly script: ScriptRecord; readonly deployment: DeploymentRecord } {
  const { store } = context;
  const number = script.deploymentCount + 1;
  const migrated = applyMigrations(context, script, deployment.versions);
  const changed = { ...migrated, deploymentCount: number, modifiedOn: deployment.createdOn };
  const record = { id: randomUUID(), ...deployment };
  store.put(deployments, [script.account, script.id, ordinal(number)], record);
  store.put(scripts, [script.account, script.name], changed);
  return { script: changed, deployment: record };
}
