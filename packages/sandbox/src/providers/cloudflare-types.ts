import type { CloudflareClient } from "./cloudflare-client.ts";
import type { Description } from "./cloudflare-resource.ts";
import type { Resource, ResourceTypes } from "./resource.ts";
import { withSchemaVersion } from "./terraform-state.ts";

const storage = () => import("./cloudflare-storage.ts");
const queues = () => import("./cloudflare-queues.ts");
const triggers = () => import("./cloudflare-triggers.ts");
const secretsStore = () => import("./cloudflare-secrets-store.ts");
const tokens = () => import("./cloudflare-tokens.ts");
const workers = () => import("./cloudflare-worker.ts");

const DESCRIBED: Readonly<Record<string, () => Promise<Description>>> = {
  "accountToken:AccountToken": async () => (await tokens()).accountToken,
  "apiToken:ApiToken": async () => (await tokens()).apiToken,
  "d1Database:D1Database": async () => (await storage()).d1Database,
  "queue:Queue": async () => (await queues()).queue,
  "queueConsumer:QueueConsumer": async () => (await queues()).queueConsumer,
  "r2Bucket:R2Bucket": async () => (await storage()).r2Bucket,
  "secretsStore:SecretsStore": async () => (await secretsStore()).secretsStore,
  "secretsStoreSecret:SecretsStoreSecret": async () => (await secretsStore()).secretsStoreSecret,
  "worker:Worker": async () => (await workers()).worker,
  "workersCronTrigger:WorkersCronTrigger": async () => (await triggers()).workersCronTrigger,
  "workersCustomDomain:WorkersCustomDomain": async () => (await triggers()).workersCustomDomain,
  "workersDeployment:WorkersDeployment": async () => (await workers()).workersDeployment,
  "workersKvNamespace:WorkersKvNamespace": async () => (await storage()).workersKvNamespace,
  "workersRoute:WorkersRoute": async () => (await triggers()).workersRoute,
  "workflow:Workflow": async () => (await import("./cloudflare-workflow.ts")).workflow,
};

const SPECIAL: Readonly<Record<string, (client: CloudflareClient) => Promise<Resource>>> = {
  "workerVersion:WorkerVersion": async (client) =>
    new (await import("./worker-version.ts")).WorkerVersion(client),
  "workersScript:WorkersScript": async (client) =>
    new (await import("./workers-script.ts")).WorkersScript(client),
  "workersScriptSubdomain:WorkersScriptSubdomain": async (client) =>
    new (await import("./workers-script-subdomain.ts")).WorkersScriptSubdomain(client),
};

/** `Version` in each type's schema.go, terraform-provider-cloudflare 5.19 to 5.22. */
const SCHEMA_VERSION = 500;
const OTHER_SCHEMA_VERSIONS: Readonly<Record<string, number>> = {
  "accountToken:AccountToken": 501,
  "apiToken:ApiToken": 501,
};

/** Each type is loaded when a program has one: the stand-in starts with every command, and most programs have two or three. */
export function cloudflareTypes(client: CloudflareClient): ResourceTypes {
  const types: Record<string, () => Promise<Resource>> = {};
  const add = (name: string, load: () => Promise<Resource>) => {
    const type = `cloudflare:index/${name}`;
    const version = OTHER_SCHEMA_VERSIONS[name] ?? SCHEMA_VERSION;
    types[type] = async () => withSchemaVersion(type, version, await load());
  };
  for (const [name, load] of Object.entries(DESCRIBED)) {
    add(name, async () => {
      const [{ CloudflareResource }, found] = await Promise.all([import("./cloudflare-resource.ts"), load()]);
      return new CloudflareResource(found, client);
    });
  }
  for (const [name, load] of Object.entries(SPECIAL)) add(name, () => load(client));
  return types;
}
