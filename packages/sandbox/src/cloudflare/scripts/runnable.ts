import type { DurableObjectClass, RunnableScript } from "../../workers/runtime.ts";
import { runtimeAssets } from "../assets/records.ts";
import { classesOf } from "../durable-objects/records.ts";
import type { CloudflareContext, CodeRecord, ScriptRecord, VersionRecord } from "../model.ts";
import { runtimeBindings } from "./runtime-bindings.ts";
import { environment, scopeOf } from "./sealing.ts";

/**
 * A version with its code and its secrets in clear, as the runtime takes it. `classes` are the script's Durable Object
 * classes, if not those that are stored.
 */
export function runnable(
  context: CloudflareContext,
  script: Pick<ScriptRecord, "account" | "id" | "name">,
  version: Omit<VersionRecord, "number" | "handlers" | "namedHandlers" | "startupTimeMs">,
  code: CodeRecord,
  classes: readonly DurableObjectClass[] = classesOf(context.store, script.account, script.id),
): RunnableScript {
  const { account, name } = script;
  return {
    mainModule: version.mainModule,
    modules: code.modules.flatMap(({ name, kind, base64 }) =>
      kind === undefined ? [] : [{ name, kind, bytes: Buffer.from(base64, "base64") }],
    ),
    compatibilityDate: version.compatibilityDate ?? "",
    compatibilityFlags: version.compatibilityFlags,
    env: environment(context.vault, scopeOf(account, name), version.bindings, {
      id: version.id,
      createdOn: version.createdOn,
      tag: version.annotations["workers/tag"] ?? "",
    }),
    bindings: runtimeBindings(context, account, version.bindings),
    durableObjects: classes,
    ...(version.assets === undefined
      ? {}
      : { assets: runtimeAssets(context.store, account, version.assets) }),
  };
}
