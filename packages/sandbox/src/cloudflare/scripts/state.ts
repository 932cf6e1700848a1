import { randomBytes } from "node:crypto";
import { ordinal } from "../../store/store.ts";
import { dropGone } from "../durable-objects/drop.ts";
import { replaceClasses } from "../durable-objects/records.ts";
import { fault } from "../envelope.ts";
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
import { runnable } from "./runnable.ts";
import { deleteTriggers, publishShared, triggersOf } from "./triggers.ts";

export function findScript(
  { store }: CloudflareContext,
  account: string,
  name: string,
): ScriptRecord | undefined {
  return store.get(scripts, [account, name]);
}

/** 10007 on a 404 is what the clients take to mean "no such Worker"; the provider then drops it from its state. */
export function requireScript(context: CloudflareContext, account: string, name: string): ScriptRecord {
  const found = findScript(context, account, name);
  if (found === undefined) throw fault(404, 10007, "This Worker does not exist on your account.");
  return found;
}

/**
 * A script as the older API knows it. There none is without code, so one that was only created through the newer API is
 * not there yet: `wrangler deploy` then uploads it as a new one.
 */
export function requireUploaded(context: CloudflareContext, account: string, name: string): ScriptRecord {
  const found = requireScript(context, account, name);
  if (versionsOf(context, found).length > 0) return found;
  throw fault(404, 10007, "This Worker does not exist on your account.");
}

/** Oldest first. */
export function versionsOf({ store }: CloudflareContext, script: ScriptRecord): VersionRecord[] {
  return store.list(versions, [script.account, script.id]).map(({ record }) => record);
}

export function latestVersion(context: CloudflareContext, script: ScriptRecord): VersionRecord {
  const newest = context.store.get(versions, [script.account, script.id, ordinal(script.versionCount)]);
  // The newest may have been deleted through the newer API.
  const found = newest ?? versionsOf(context, script).at(-1);
  if (found === undefined) throw fault(404, 10222, "This Worker has no versions.");
  return found;
}

export function versionById(
  context: CloudflareContext,
  script: ScriptRecord,
  id: string,
): VersionRecord | undefined {
  return versionsOf(context, script).find((version) => version.id === id);
}

/** Oldest first. */
export function deploymentsOf({ store }: CloudflareContext, script: ScriptRecord): DeploymentRecord[] {
  return store.list(deployments, [script.account, script.id]).map(({ record }) => record);
}

export function activeDeployment(
  { store }: CloudflareContext,
  script: ScriptRecord,
): DeploymentRecord | undefined {
  return store.get(deployments, [script.account, script.id, ordinal(script.deploymentCount)]);
}

/** The version that the script-level calls speak of: the deployed one with the most traffic. */
export function activeVersion(context: CloudflareContext, script: ScriptRecord): VersionRecord {
  const shares = [...(activeDeployment(context, script)?.versions ?? [])];
  const [most] = shares.sort((a, b) => b.percentage - a.percentage);
  const found = most === undefined ? undefined : versionById(context, script, most.version_id);
  return found ?? latestVersion(context, script);
}

export function codeOf({ store }: CloudflareContext, script: ScriptRecord, etag: string): CodeRecord {
  const found = store.get(codes, [script.account, script.id, etag]);
  if (found === undefined) throw new Error(`the code of ${script.name} at ${etag} is not in the store`);
  return found;
}

/** A script that is not stored yet. */
export function newScript(account: string, name: string, now: string): ScriptRecord {
  return {
    id: randomBytes(16).toString("hex"),
    account,
    name,
    createdOn: now,
    modifiedOn: now,
    lastDeployedFrom: "api",
    subdomain: { enabled: false, previewsEnabled: false },
    settings: { logpush: false, tags: [], tailConsumers: [] },
    versionCount: 0,
    deploymentCount: 0,
  };
}

export function updateScript({ store }: CloudflareContext, script: ScriptRecord): void {
  store.put(scripts, [script.account, script.name], script);
}

export function deleteScript(context: CloudflareContext, script: ScriptRecord): void {
  context.store.transaction(() => {
    context.store.delete(scripts, [script.account, script.name]);
    context.store.deleteAll(versions, [script.account, script.id]);
    context.store.deleteAll(codes, [script.account, script.id]);
    context.store.deleteAll(deployments, [script.account, script.id]);
    deleteTriggers(context.store, script);
    replaceClasses(context.store, script.account, script.id, []);
  });
  context.workers.remove(script.name);
  publishShared(context);
  dropGone(context);
}

/** Tells the Workers port what the store says of a script. Call after the transaction: what runs must be durable. */
export function publish(context: CloudflareContext, script: ScriptRecord): void {
  const live = (activeDeployment(context, script)?.versions ?? []).flatMap(({ version_id, percentage }) => {
    const version = versionById(context, script, version_id);
    return version === undefined
      ? []
      : [{ id: version_id, percentage, handlers: version.handlers, namedHandlers: version.namedHandlers }];
  });
  context.workers.deploy(script.name, {
    enabled: script.subdomain.enabled,
    versions: live,
    ...triggersOf(context.store, script),
    load(id) {
      const version = versionById(context, script, id);
      if (version === undefined) throw new Error(`the Worker ${script.name} has no version ${id}`);
      return runnable(context, script, version, codeOf(context, script, version.etag));
    },
  });
}

/** After a start: everything that was deployed answers again. */
export function publishAll(context: CloudflareContext): void {
  for (const { record } of context.store.list(scripts)) publish(context, record);
  publishShared(context);
  dropGone(context);
}
