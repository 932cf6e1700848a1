import { domainsOf } from "../domains/records.ts";
import type { CloudflareContext, ScriptRecord } from "../model.ts";
import { consumersOf, queuesOf } from "../queues/records.ts";
import { findReferrers } from "../scripts/referrers.ts";

/** What depends on the Worker, as the newer API says it. */
export function referencesOf(context: CloudflareContext, script: ScriptRecord) {
  const { store } = context;
  const { account, name } = script;
  const { services, durableObjects } = findReferrers(context, script);
  const queues = new Map(queuesOf(store, account).map((queue) => [queue.id, queue.name]));
  return {
    // There are no dispatch namespaces here.
    dispatch_namespace_outbounds: [],
    domains: domainsOf(store, account)
      .filter(({ service }) => service === name)
      .map(({ id, certId, hostname, zoneId, zoneName }) => ({
        id,
        certificate_id: certId,
        hostname,
        zone_id: zoneId,
        zone_name: zoneName,
      })),
    durable_objects: durableObjects.map(({ id, script: user, className, namespaceId }) => ({
      namespace_id: namespaceId,
      namespace_name: `${name}_${className}`,
      worker_id: id,
      worker_name: user,
    })),
    queues: consumersOf(store, account)
      .filter((consumer) => consumer.script === name)
      .map(({ id, queueId }) => ({
        queue_consumer_id: id,
        queue_id: queueId,
        queue_name: queues.get(queueId) ?? "",
      })),
    // Once each, however many bindings it has.
    workers: [...new Map(services.map(({ id, script: user }) => [id, user]))].map(([id, user]) => ({
      id,
      name: user,
    })),
  };
}
