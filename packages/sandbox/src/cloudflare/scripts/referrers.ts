import { type CloudflareContext, type ScriptRecord, type StoredBinding, scripts } from "../model.ts";
import { consumersOf } from "../queues/records.ts";
import { activeVersion, versionsOf } from "./state.ts";
import { consumerOf } from "./tail-consumers.ts";

export interface Referrers {
  /** Other scripts' service bindings to this one. */
  readonly services: readonly { readonly id: string; readonly script: string; readonly binding: string }[];
  /** Other scripts' bindings to Durable Object classes of this one. */
  readonly durableObjects: readonly {
    readonly id: string;
    readonly script: string;
    readonly className: string;
    readonly namespaceId: string;
  }[];
  /** Other scripts that send their logs to this one. */
  readonly tails: readonly ScriptRecord[];
  /** Ids of the queues whose consumer it is. */
  readonly queues: readonly string[];
}

/** Who would break if the script went away, as the deployed versions of the others have it. */
export function findReferrers(context: CloudflareContext, { account, id, name }: ScriptRecord): Referrers {
  const { store } = context;
  const others = store
    .list(scripts, [account])
    .map(({ record }) => record)
    .filter((one) => one.id !== id);
  const bound = others.flatMap((script) =>
    liveBindings(context, script).map((binding) => ({ id: script.id, script: script.name, binding })),
  );
  return {
    services: bound
      .filter(({ binding }) => binding.type === "service" && binding.fields.service === name)
      .map(({ id, script, binding }) => ({ id, script, binding: binding.name })),
    durableObjects: bound
      .filter(
        ({ binding }) => binding.type === "durable_object_namespace" && binding.fields.script_name === name,
      )
      .map(({ id, script, binding: { fields } }) => ({
        id,
        script,
        className: String(fields.class_name),
        namespaceId: String(fields.namespace_id),
      })),
    tails: others.filter(({ settings }) => settings.tailConsumers.some((one) => consumerOf(one) === name)),
    queues: consumersOf(store, account)
      .filter(({ script }) => script === name)
      .map(({ queueId }) => queueId),
  };
}

/** None for a script that has no version yet. */
export function liveBindings(context: CloudflareContext, script: ScriptRecord): readonly StoredBinding[] {
  return versionsOf(context, script).length === 0 ? [] : activeVersion(context, script).bindings;
}
