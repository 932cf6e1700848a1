import * as pulumi from "@pulumi/pulumi";
import type { ConfigBinding } from "../compile/wrangler/bindings.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import { type DataName, declaredData, declaredName } from "./protection/data.ts";
import { isGuarded } from "./protection/guards.ts";
import { sdkModule } from "./sdk-module.ts";
import type { Settings } from "./settings.ts";
import type { ResourceSource } from "./worker-entries.ts";

/** What stands behind the bindings of the stack's Workers, where the wrangler files' own ids do not count. */
export interface References {
  /** By binding name, of one Worker. */
  of(worker: DeclaredWorker): ReadonlyMap<string, pulumi.Input<string>>;
  /** The id of a queue that the stack declares, by its name in the wrangler file or its own. */
  queueId(name: string): pulumi.Input<string> | undefined;
  /** What the stack declares for a Worker. */
  resourcesOf(worker: DeclaredWorker): readonly pulumi.Resource[];
}

type Kind = Exclude<DataName["kind"], "workflow">;

interface Declared {
  readonly resource: pulumi.Resource;
  /** What a binding takes: an id, or a bucket's or queue's name. */
  readonly reference: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;
}

/**
 * Resolves every `resources` entry: ids as they are, outputs of other stacks, and resources that this stack declares.
 * Two bindings that declare the same kind and name share one resource. It is protected where one of its Workers is, since its
 * data would go with it.
 */
export async function resolveReferences(
  settings: Settings,
  provider: pulumi.ProviderResource,
): Promise<References> {
  const declared = new Map<string, Declared>();
  const queues = new Map<string, pulumi.Input<string>>();
  const stacks = new Map<string, pulumi.StackReference>();
  const byWorker = new Map<DeclaredWorker, Map<string, pulumi.Input<string>>>();
  const owned = new Map<DeclaredWorker, pulumi.Resource[]>();
  const guarded = new Set(
    settings.workers
      .filter((worker) => isGuarded(worker, settings))
      .flatMap((worker) => declaredData(worker).map(keyOf)),
  );
  for (const worker of settings.workers) {
    const references = new Map<string, pulumi.Input<string>>();
    for (const [name, source] of worker.resources) {
      const binding = worker.config.bindings.find((one) => one.name === name);
      if (binding === undefined) continue; // refused before, in `declareWorkers`
      if (source.from === "program") continue; // comes with the Worker's constructor
      references.set(name, await resolve(worker, binding, source));
    }
    byWorker.set(worker, references);
  }
  return {
    of: (worker) => byWorker.get(worker) ?? new Map(),
    queueId: (name) => queues.get(name),
    resourcesOf: (worker) => owned.get(worker) ?? [],
  };

  async function resolve(
    worker: DeclaredWorker,
    binding: ConfigBinding,
    source: Exclude<ResourceSource, { from: "program" }>,
  ): Promise<pulumi.Input<string>> {
    if (source.from === "id") return source.id;
    if (source.from === "output") {
      const reference = stacks.get(source.stack) ?? new pulumi.StackReference(source.stack);
      stacks.set(source.stack, reference);
      return reference.requireOutput(source.output).apply(String);
    }
    const kind = binding.type as Kind;
    const name = declaredName(worker.scriptName, binding.name, source);
    const key = keyOf({ kind, name });
    const options = { protect: guarded.has(key), provider };
    const resource = declared.get(key) ?? (await declare(kind, name, settings.accountId, options));
    declared.set(key, resource);
    owned.set(worker, [...(owned.get(worker) ?? []), resource.resource]);
    if (binding.type === "queue") {
      queues.set(name, resource.id);
      if (binding.queueName !== undefined) queues.set(binding.queueName, resource.id);
    }
    return resource.reference;
  }
}

function keyOf({ kind, name }: DataName): string {
  return `${kind} ${name}`;
}

/** Each SDK module is loaded only where it is used: loading is most of a preview's time. */
async function declare(
  kind: Kind,
  name: string,
  accountId: string,
  options: pulumi.CustomResourceOptions,
): Promise<Declared> {
  switch (kind) {
    case "kv_namespace": {
      const { WorkersKvNamespace } = sdkModule("@pulumi/cloudflare/workersKvNamespace", "WorkersKvNamespace");
      const resource = new WorkersKvNamespace(name, { accountId, title: name }, options);
      return { resource, reference: resource.id, id: resource.id };
    }
    case "d1": {
      const { D1Database } = sdkModule("@pulumi/cloudflare/d1database", "D1Database");
      const resource = new D1Database(
        name,
        // Left out, it comes back from the API and shows as a change after each refresh.
        { accountId, name, readReplication: { mode: "disabled" } },
        options,
      );
      return { resource, reference: resource.id, id: resource.id };
    }
    case "r2_bucket": {
      const { R2Bucket } = sdkModule("@pulumi/cloudflare/r2bucket", "R2Bucket");
      const bucket = new R2Bucket(name, { accountId, name }, options);
      return { resource: bucket, reference: bucket.name, id: bucket.id };
    }
    case "queue": {
      const { Queue } = sdkModule("@pulumi/cloudflare/queue", "Queue");
      const queue = new Queue(name, { accountId, queueName: name }, options);
      return { resource: queue, reference: queue.queueName, id: queue.queueId };
    }
  }
}
