import * as v from "valibot";
import { type ApiRequest, json, type Route } from "../../http/route.ts";
import { isObject } from "../../objects.ts";
import { openText, sealText } from "../../store/vault.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, notFound } from "../errors.ts";
import { body } from "../input.ts";
import { findStack } from "../state/find.ts";
import { S } from "../state/lease-routes.ts";
import type { Stack } from "../state/records.ts";
import { stackScope } from "../state/rows.ts";
import { deploymentSettings } from "./records.ts";

/** The settings by which the service would deploy a stack. They are kept and read back; nothing is deployed here. */
export type Settings = Readonly<Record<string, unknown>>;

/** The members of the contract's `DeploymentSettingsRequest`; what is below them is kept as it comes. */
const object = v.nullish(v.record(v.string(), v.unknown()));
const settingsSchema = v.strictObject({
  agentPoolID: v.nullish(v.string()),
  cacheOptions: object,
  executorContext: object,
  gitHub: object,
  operationContext: object,
  sourceContext: object,
  tag: v.nullish(v.string()),
  vcs: object,
  // Sent back by clients that edit what they read; the service sets them.
  source: v.nullish(v.unknown()),
  version: v.nullish(v.unknown()),
});

const OPERATIONS = new Set(["update", "preview", "destroy", "refresh", "detect-drift", "remediate-drift"]);

/** What holds a variable under each name: there, `secret` and `ciphertext` are names like any other. */
const VARIABLES = "environmentVariables";

/** Calls `change` for every `{secret: …}` or `{ciphertext: …}` in settings. */
function mapSecrets(value: unknown, change: (secret: Settings) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, change));
  if (!isObject(value)) return value;
  if (typeof value.secret === "string" || typeof value.ciphertext === "string") return change(value);
  return mapMembers(value, (item, name) =>
    name === VARIABLES && isObject(item)
      ? mapMembers(item, (variable) => mapSecrets(variable, change))
      : mapSecrets(item, change),
  );
}

function mapMembers(value: Settings, change: (item: unknown, name: string) => unknown): Settings {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change(item, name)]));
}

/**
 * Seals the secrets of settings. A reply never has their clear value: `{secret: CIPHERTEXT}`, which may be sent back in
 * the place of the value. Source: the provider reads `secret` back as ciphertext and keeps its own clear value.
 */
export function sealedSettings({ vault }: PulumiHalf, stack: Stack, settings: Settings): Settings {
  const scope = stackScope(stack);
  return mapSecrets(settings, ({ secret, ciphertext }) => {
    const text = typeof secret === "string" ? secret : String(ciphertext);
    return { secret: isOurs(() => openText(vault, scope, text)) ? text : sealText(vault, scope, text) };
  }) as Settings;
}

function isOurs(open: () => string): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}

/** JSON merge patch: `null` takes a member away, objects are merged, everything else replaces. */
function merged(before: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const result: Record<string, unknown> = isObject(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

async function read(request: ApiRequest): Promise<Settings> {
  const { source: _, version: __, ...settings } = await body(request, settingsSchema);
  const operation = settings.operationContext?.operation;
  if (operation != null && operation !== "" && !OPERATIONS.has(String(operation)))
    throw badRequest(`operationContext.operation must be one of ${[...OPERATIONS].join(", ")}`);
  return settings;
}

/** Whether a stack has settings: its schedules need them. */
export function hasSettings({ store }: PulumiHalf, stack: Stack): boolean {
  return store.get(deploymentSettings, [stack.id]) !== undefined;
}

function write(
  request: ApiRequest,
  context: PulumiHalf,
  wanted: Settings,
  combine: (before: Settings, after: Settings) => unknown,
): Response {
  return context.store.transaction(() => {
    const stack = findStack(request, context);
    const before = context.store.get(deploymentSettings, [stack.id]);
    const settings = combine(before?.settings ?? {}, sealedSettings(context, stack, wanted));
    // `null` means absent in what is kept, too.
    const kept = { version: (before?.version ?? 0) + 1, settings: merged({}, settings) as Settings };
    context.store.put(deploymentSettings, [stack.id], kept);
    return json(200, view(kept));
  });
}

const view = ({ settings, version }: { settings: Settings; version: number }) => ({
  ...settings,
  source: "api",
  version,
});

const path = `${S}/deployments/settings`;

export const deploymentSettingsRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path,
    operation: "GetDeploymentSettings",
    handle: (request, context) => {
      const kept = context.store.get(deploymentSettings, [findStack(request, context).id]);
      if (kept === undefined) throw notFound("The stack has no deployment settings");
      return json(200, view(kept));
    },
  },
  {
    method: "PUT",
    path,
    operation: "ReplaceDeploymentSettings",
    handle: async (request, context) => write(request, context, await read(request), (_, after) => after),
  },
  {
    method: "POST",
    path,
    operation: "PatchDeploymentSettings",
    handle: async (request, context) => write(request, context, await read(request), merged),
  },
  {
    method: "DELETE",
    path,
    operation: "DeleteDeploymentSettings",
    handle: (request, context) => {
      const stack = findStack(request, context);
      if (!context.store.delete(deploymentSettings, [stack.id]))
        throw notFound("The stack has no deployment settings");
      return json(200, true);
    },
  },
  {
    method: "POST",
    path: `${path}/encrypt`,
    operation: "EncryptDeploymentSettingsSecret",
    handle: async (request, context) => {
      const { secret } = await body(request, v.object({ secret: v.pipe(v.string(), v.nonEmpty()) }));
      return json(200, sealedSettings(context, findStack(request, context), { secret }));
    },
  },
];
