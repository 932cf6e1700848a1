import type { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { QueueConsumer as ConsumerConfig, Route } from "../compile/wrangler/triggers.ts";
import type { WorkerConfig } from "../compile/wrangler/worker-config.ts";
import { sdkModule } from "./sdk-module.ts";

const { QueueConsumer } = sdkModule("@pulumi/cloudflare/queueConsumer", "QueueConsumer");
const { WorkersCronTrigger } = sdkModule("@pulumi/cloudflare/workersCronTrigger", "WorkersCronTrigger");
const { WorkersCustomDomain } = sdkModule("@pulumi/cloudflare/workersCustomDomain", "WorkersCustomDomain");
const { WorkersRoute } = sdkModule("@pulumi/cloudflare/workersRoute", "WorkersRoute");
const { Workflow } = sdkModule("@pulumi/cloudflare/workflow", "Workflow");

/** Where a Worker's routes and queues are in the account. */
export interface TriggerPlaces {
  /** The zone's id, by route pattern. */
  readonly zones: ReadonlyMap<string, string>;
  /** `zone/route` of routes that exist already and are taken over, by pattern. */
  readonly existingRoutes: ReadonlyMap<string, string>;
  /** The id of a queue by its name in the file. */
  readonly queueId: (name: string) => Input<string> | undefined;
}

interface TriggerInputs {
  readonly accountId: string;
  readonly worker: WorkerConfig;
  readonly places?: TriggerPlaces;
  readonly protect?: boolean;
}

/** Everything that makes a Worker run besides its workers.dev address: crons, routes, domains, queues, workflows. */
export function declareTriggers(
  name: string,
  { accountId, worker, places, protect = false }: TriggerInputs,
  script: WorkersScript,
  options: CustomResourceOptions,
): void {
  const scriptName = script.scriptName;
  if (worker.crons !== undefined) {
    // Always the whole list, also an empty one: deleting the resource makes no call, so it would leave the crons.
    const schedules = worker.crons.map((cron) => ({ cron }));
    new WorkersCronTrigger(name, { accountId, scriptName, schedules }, options);
  }
  for (const route of worker.routes) declareRoute(route);
  for (const consumer of worker.queueConsumers) {
    const queueId = places?.queueId(consumer.queue);
    if (queueId === undefined)
      throw new Error(`the queue ${consumer.queue} got past the checks without an id`);
    new QueueConsumer(
      `${name}-${consumer.queue}`,
      { accountId, queueId, scriptName, type: "worker", ...consumerSettings(consumer) },
      options,
    );
  }
  for (const binding of worker.bindings) {
    // A binding alone does not make the workflow; wrangler registers it by a call of its own too.
    if (binding.type !== "workflow" || binding.scriptName !== undefined) continue;
    const { workflowName, className } = binding;
    // Its instances go with it.
    new Workflow(
      `${name}-${workflowName}`,
      { accountId, scriptName, workflowName, className },
      { ...options, protect },
    );
  }

  function declareRoute(route: Route): void {
    if (route.kind === "custom_domain") {
      const { hostname, zone } = route;
      const where = zone === undefined ? {} : "id" in zone ? { zoneId: zone.id } : { zoneName: zone.name };
      new WorkersCustomDomain(
        hostname,
        { accountId, hostname, service: scriptName, ...where },
        // The API gives a host that another script has to nobody (100116), so a renamed Worker's is freed first.
        { ...options, deleteBeforeReplace: true },
      );
      return;
    }
    const { pattern } = route;
    const zoneId = places?.zones.get(pattern);
    if (zoneId === undefined) throw new Error(`the route ${pattern} got past the checks without a zone`);
    const existing = places?.existingRoutes.get(pattern);
    new WorkersRoute(
      pattern,
      { zoneId, pattern, script: scriptName },
      { ...options, ...(existing === undefined ? {} : { import: existing }) },
    );
  }
}

function consumerSettings(consumer: ConsumerConfig) {
  const { maxBatchSize, maxBatchTimeout, maxRetries, maxConcurrency, retryDelay, deadLetterQueue } = consumer;
  const settings = {
    ...(maxBatchSize === undefined ? {} : { batchSize: maxBatchSize }),
    ...(maxBatchTimeout === undefined ? {} : { maxWaitTimeMs: maxBatchTimeout * 1000 }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(retryDelay === undefined ? {} : { retryDelay }),
  };
  return {
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }),
  };
}
