/** The newer API of Workers, terraform-provider-cloudflare 5.24, internal/services/{worker,workers_deployment}. */
import type { Description } from "./cloudflare-resource.ts";
import { computed, pathKey, required, stable } from "./terraform-fields.ts";

const LOGS = { destinations: [], enabled: false, headSamplingRate: 1, invocationLogs: true, persist: true };
const TRACES = { destinations: [], enabled: false, headSamplingRate: 1, persist: true };

const OBSERVABILITY = {
  mode: "both",
  default: { enabled: false, headSamplingRate: 1, logs: LOGS, traces: TRACES },
  members: {
    enabled: { mode: "both", default: false },
    headSamplingRate: { mode: "both", default: 1 },
    logs: {
      mode: "both",
      members: {
        destinations: { mode: "both", default: [] },
        enabled: { mode: "both", default: false },
        headSamplingRate: { mode: "both", default: 1 },
        invocationLogs: { mode: "both", default: true },
        persist: { mode: "both", default: true },
      },
    },
    traces: {
      mode: "both",
      default: TRACES,
      members: {
        destinations: { mode: "both", default: [] },
        enabled: { mode: "both", default: false },
        headSamplingRate: { mode: "both", default: 1 },
        persist: { mode: "both", default: true },
        propagationPolicy: { mode: "both", oneOf: ["authenticated", "accept"] },
      },
    },
  },
} as const;

const WORKER_REFERENCE = { workerId: computed, workerName: computed };
const NAMESPACE_REFERENCE = { namespaceId: computed, namespaceName: computed, ...WORKER_REFERENCE };
const DOMAIN_REFERENCE = {
  id: computed,
  certificateId: computed,
  hostname: computed,
  zoneId: computed,
  zoneName: computed,
};
const QUEUE_REFERENCE = { queueConsumerId: computed, queueId: computed, queueName: computed };

export const worker: Description = {
  type: "cloudflare:index/worker:Worker",
  fields: {
    id: stable,
    accountId: pathKey,
    name: required,
    logpush: { mode: "both", default: false },
    tags: { mode: "both", set: true, default: [] },
    observability: OBSERVABILITY,
    subdomain: {
      mode: "both",
      default: { enabled: false, previewsEnabled: false },
      members: {
        enabled: { mode: "both", default: false },
        previewsEnabled: { mode: "both", follows: "enabled" },
        previewUrlSuffix: computed,
        url: computed,
      },
    },
    tailConsumers: { mode: "both", set: true, default: [], members: { name: required } },
    createdOn: stable,
    deployedOn: stable,
    updatedOn: computed,
    references: {
      mode: "computed",
      members: {
        dispatchNamespaceOutbounds: { mode: "computed", members: NAMESPACE_REFERENCE },
        domains: { mode: "computed", members: DOMAIN_REFERENCE },
        durableObjects: { mode: "computed", members: NAMESPACE_REFERENCE },
        queues: { mode: "computed", members: QUEUE_REFERENCE },
        workers: { mode: "computed", members: { id: computed, name: computed } },
      },
    },
  },
  absent: ["force", "previewsBaseConfig"],
  id: "id",
  create: "POST accounts/{accountId}/workers/workers",
  update: "PUT accounts/{accountId}/workers/workers/{id}",
  read: "GET accounts/{accountId}/workers/workers/{id}",
  delete: "DELETE accounts/{accountId}/workers/workers/{id}",
  import: { form: "<account_id>/<worker_id>", properties: ["accountId", "id"] },
};

/** Every change makes another one, and a delete makes no call. It is read by its id: a later one is not seen. */
export const workersDeployment: Description = {
  type: "cloudflare:index/workersDeployment:WorkersDeployment",
  fields: {
    id: stable,
    accountId: pathKey,
    scriptName: pathKey,
    strategy: { mode: "required", replace: true, oneOf: ["percentage"] },
    versions: { mode: "required", replace: true, members: { percentage: required, versionId: required } },
    annotations: {
      mode: "both",
      replace: "if-given",
      members: {
        workersMessage: { mode: "optional", wire: "workers/message" },
        workersTriggeredBy: { mode: "computed", wire: "workers/triggered_by" },
      },
    },
    authorEmail: computed,
    createdOn: computed,
    source: computed,
  },
  absent: ["force"],
  id: "id",
  create: "POST accounts/{accountId}/workers/scripts/{scriptName}/deployments",
  read: "GET accounts/{accountId}/workers/scripts/{scriptName}/deployments/{id}",
  import: {
    form: "<account_id>/<script_name>/<deployment_id>",
    properties: ["accountId", "scriptName", "id"],
  },
  check({ versions }, fail) {
    for (const [index, version] of (Array.isArray(versions) ? versions : []).entries()) {
      const { percentage } = version as { percentage?: unknown };
      if (typeof percentage !== "number" || (percentage >= 0.01 && percentage <= 100)) continue;
      const property = `versions[${index}].percentage`;
      fail(property, `value must be between 0.010000 and 100.000000, got: ${percentage.toFixed(6)}`);
    }
  },
};
