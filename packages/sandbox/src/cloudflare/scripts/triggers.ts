import { type Store, table } from "../../store/store.ts";
import { domainsOf, domains as domainsTable } from "../domains/records.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { consumers, consumersOf, runtimeConsumers } from "../queues/records.ts";
import { routesOf, workerRoutes } from "../zones/records.ts";

export interface ScheduleRecord {
  readonly cron: string;
  readonly created_on: string;
  readonly modified_on: string;
}

/** By account and the script's id: a script's cron triggers, in the order they were sent. */
export const schedules = table<readonly ScheduleRecord[]>("cloudflare.schedules");

/** What calls a script besides its own address. */
export function triggersOf(store: Store, { account, id, name }: ScriptRecord) {
  return {
    domains: domainsOf(store, account)
      .filter(({ service, enabled }) => service === name && enabled)
      .map(({ hostname }) => hostname),
    routes: routesOf(store, account)
      .filter(({ script }) => script === name)
      .map(({ pattern }) => pattern),
    crons: (store.get(schedules, [account, id]) ?? []).map(({ cron }) => cron),
  };
}

/** Tells the runtime of what is no single script's: routes to nobody, and who consumes the queues. */
export function publishShared({ store, workers, identity }: CloudflareContext): void {
  const account = identity.accountId;
  const free = routesOf(store, account).filter(({ script }) => script === undefined);
  workers.bypass(free.map(({ pattern }) => pattern));
  workers.consumers(runtimeConsumers(store, account));
}

/** With a script goes what called it. Custom domains go too: there is nobody left to answer. */
export function deleteTriggers(store: Store, script: ScriptRecord): void {
  const { account, id, name } = script;
  store.delete(schedules, [account, id]);
  for (const route of routesOf(store, account).filter((one) => one.script === name)) {
    store.delete(workerRoutes, [account, route.zoneId, route.id]);
  }
  for (const domain of domainsOf(store, account).filter((one) => one.service === name)) {
    store.delete(domainsTable, [account, domain.id]);
  }
  for (const one of consumersOf(store, account).filter((consumer) => consumer.script === name)) {
    store.delete(consumers, [account, one.queueId, one.id]);
  }
}

/** A renamed script keeps what calls it. Call within the same transaction. */
export function renameTriggers(store: Store, account: string, from: string, to: string): void {
  for (const { key, record } of store.list(workerRoutes, [account])) {
    if (record.script === from) store.put(workerRoutes, key, { ...record, script: to });
  }
  for (const { key, record } of store.list(domainsTable, [account])) {
    if (record.service === from) store.put(domainsTable, key, { ...record, service: to });
  }
  for (const { key, record } of store.list(consumers, [account])) {
    if (record.script === from) store.put(consumers, key, { ...record, script: to });
  }
}
