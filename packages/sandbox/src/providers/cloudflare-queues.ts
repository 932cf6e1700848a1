/** terraform-provider-cloudflare 5.22, internal/services/{queue,queue_consumer}. */

import { isObject } from "../objects.ts";
import type { Description } from "./cloudflare-resource.ts";
import { both, computed, pathKey, required, stable } from "./terraform-fields.ts";

export const queue: Description = {
  type: "cloudflare:index/queue:Queue",
  fields: {
    id: { mode: "computed", wire: false, stable: true },
    queueId: stable,
    accountId: pathKey,
    queueName: required,
    settings: {
      mode: "both",
      members: { deliveryDelay: both, deliveryPaused: both, messageRetentionPeriod: both },
    },
    consumersTotalCount: computed,
    createdOn: computed,
    modifiedOn: computed,
    producersTotalCount: computed,
    consumers: {
      mode: "computed",
      members: {
        consumerId: computed,
        createdOn: computed,
        deadLetterQueue: computed,
        queueName: computed,
        scriptName: computed,
        settings: {
          mode: "computed",
          members: {
            batchSize: computed,
            maxConcurrency: computed,
            maxRetries: computed,
            maxWaitTimeMs: computed,
            retryDelay: computed,
            visibilityTimeoutMs: computed,
          },
        },
        type: computed,
      },
    },
    producers: { mode: "computed", members: { script: computed, type: computed, bucketName: computed } },
  },
  id: "id",
  create: "POST accounts/{accountId}/queues",
  update: "PUT accounts/{accountId}/queues/{queueId}",
  read: "GET accounts/{accountId}/queues/{queueId}",
  delete: "DELETE accounts/{accountId}/queues/{queueId}",
  import: { form: "<account_id>/<queue_id>", properties: ["accountId", "queueId"] },
  finish: (state) => ({
    ...state,
    id: state.queueId ?? null,
    consumersTotalCount: state.consumersTotalCount ?? 0,
    producersTotalCount: state.producersTotalCount ?? 0,
  }),
};

export const queueConsumer: Description = {
  type: "cloudflare:index/queueConsumer:QueueConsumer",
  fields: {
    accountId: pathKey,
    queueId: pathKey,
    consumerId: stable,
    type: { mode: "required", oneOf: ["worker", "http_pull"] },
    deadLetterQueue: { mode: "optional", kept: true },
    scriptName: { mode: "both", stable: true },
    settings: {
      mode: "both",
      stable: true,
      members: {
        batchSize: both,
        maxConcurrency: both,
        maxRetries: both,
        maxWaitTimeMs: both,
        retryDelay: both,
        visibilityTimeoutMs: both,
      },
    },
    createdOn: stable,
    queueName: stable,
  },
  id: "consumerId",
  create: "POST accounts/{accountId}/queues/{queueId}/consumers",
  update: "PUT accounts/{accountId}/queues/{queueId}/consumers/{consumerId}",
  read: "GET accounts/{accountId}/queues/{queueId}/consumers/{consumerId}",
  delete: "DELETE accounts/{accountId}/queues/{queueId}/consumers/{consumerId}",
  // What the body calls `script_name` the answer calls `script`.
  result: (result) => {
    if (!isObject(result)) return {};
    const { script } = result;
    return typeof script === "string" && script !== "" ? { ...result, script_name: script } : result;
  },
};
