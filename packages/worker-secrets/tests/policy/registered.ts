import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { GOOD, stackConfig, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import type { Resource, Value } from "../../src/policy/rule.ts";
import { readAssets } from "../../src/program/assets/read.ts";
import { bundleWorkers } from "../../src/program/bundle-workers.ts";
import type { Observed } from "../../src/program/observe.ts";
import { readSettings } from "../../src/program/settings.ts";

const NOTHING: Observed = {
  storedDefinition: undefined,
  subdomain: "acme",
  scripts: new Map(),
  editedSecrets: new Map(),
  live: new Map(),
  looseParts: [],
  zones: new Map(),
  routes: new Map(),
  queues: new Map(),
  losses: { warnings: [], moved: new Map() },
};

/** Values of the program's declared names, below. */
export const SECRETS = { API_KEY: "canary-value-of-api-key", TOP_SECRET: "canary-of-top-secret" };

/** What the program registers in production, as the rules see it: a Worker, its data, the Environment. Needs a folder. */
export async function registeredByProgram(root: string): Promise<Resource[]> {
  const found: { type: string; name: string; inputs: Record<string, unknown> }[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        found.push({ type, name, inputs });
        const state = type === "pulumi:index:Stash" ? { ...inputs, output: inputs.input } : inputs;
        return { id: `${name}-id`, state };
      },
      call: () => ({}),
    },
    "shop",
    "prod",
  );
  const isProtected = new Set<string>();
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: { getProtect(): boolean; getName(): string }, callback) => {
    if (request.getProtect()) isProtected.add(request.getName());
    return register(request, callback);
  };

  workerFolder(root, "worker", {
    ...GOOD,
    vars: { GREETING: "hello" },
    kv_namespaces: [{ binding: "CACHE" }],
  });
  const config = stackConfig({
    prod: "true",
    secretsRevision: "3",
    secrets: JSON.stringify({ environmentVariables: SECRETS }),
    workers: JSON.stringify([{ directory: "worker", resources: { CACHE: { declare: true } } }]),
  });
  const settings = await readSettings({ ...config, stack: "prod" }, root);
  const [declare, { Plan }, { StackEnvironment }, { SecretWorker }] = await Promise.all([
    import("../../src/program/declare.ts"),
    import("../../src/program/planned.ts"),
    import("../../src/program/stack-environment.ts"),
    import("../../src/program/secret-worker.ts"),
  ]);
  const secrets = new Map(Object.entries(SECRETS));
  const checked = {
    settings,
    observed: NOTHING,
    bundles: await bundleWorkers(settings.workers),
    assets: await readAssets(settings.workers),
    values: new Map(settings.workers.map(({ name }) => [name, secrets] as const)),
    fingerprints: new declare.Fingerprints("prod"),
  };
  const plan = Plan.of({ config, found: checked, ordered: settings.workers, left: new Set(), declare });
  const environment = new StackEnvironment("environment", { plan });
  for (const name of plan.workers) new SecretWorker(name, { plan }, { dependsOn: environment });
  await pulumi.runtime.disconnect();
  assert.ok(found.length >= 6, "this is not the program");
  return found.map(({ type, name, inputs }) => ({
    type,
    name,
    protect: isProtected.has(name),
    inputs: unwrapped(inputs) as Resource["inputs"],
  }));
}

/** The mock monitor hands secrets over in the engine's own envelope. */
function unwrapped(value: unknown): Value {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value === "object" && value !== null) {
    const own: Readonly<Record<string, unknown>> = { ...value };
    if ("4dabf18193072939515e22adb298388d" in own) return unwrapped(own.value);
    return Object.fromEntries(Object.entries(own).map(([key, member]) => [key, unwrapped(member)]));
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
