import { sealText } from "../../store/vault.ts";
import { type CloudflareContext, type ScriptRecord, scripts, versions } from "../model.ts";
import { scopeOf, unseal } from "../scripts/sealing.ts";
import { publishShared, renameTriggers } from "../scripts/triggers.ts";
import { renameWorkflows } from "../workflows/records.ts";

/** Moves a script to another name, with its secrets, which were sealed for the old one. */
export function renameScript(context: CloudflareContext, before: ScriptRecord, after: ScriptRecord): void {
  const { store, vault } = context;
  const [from, to] = [scopeOf(before.account, before.name), scopeOf(after.account, after.name)];
  store.transaction(() => {
    for (const { key, record } of store.list(versions, [before.account, before.id])) {
      const bindings = record.bindings.map((binding) =>
        binding.sealed === undefined
          ? binding
          : { ...binding, sealed: sealText(vault, to, JSON.stringify(unseal(vault, from, binding))) },
      );
      store.put(versions, key, { ...record, bindings });
    }
    store.delete(scripts, [before.account, before.name]);
    store.put(scripts, [after.account, after.name], after);
    renameTriggers(store, after.account, before.name, after.name);
    renameWorkflows(store, after.account, before.name, after.name);
  });
  context.workers.remove(before.name);
  publishShared(context);
}
