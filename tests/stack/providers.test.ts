import assert from "node:assert/strict";
import { join } from "node:path";
import { Provider } from "@pulumi/cloudflare/provider.js";
import { R2Bucket } from "@pulumi/cloudflare/r2bucket.js";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import program from "../../index.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { askWorker } from "../helpers/ask-worker.ts";
import { GOOD } from "../helpers/worker-folder.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

/** Counts its requests in a Durable Object, which goes with the script. */
const COUNTER = `export class Counter {
  constructor(state) { this.state = state; }
  async fetch() {
    const count = ((await this.state.storage.get("count")) ?? 0) + 1;
    await this.state.storage.put("count", count);
    return Response.json(count);
  }
}
export default { fetch: (request, env) => env.COUNTER.get(env.COUNTER.idFromName("one")).fetch(request) };\n`;

describe("the providers of the stack's own resources", function () {
  this.timeout(180_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  const counted = (): Promise<unknown> =>
    askWorker(world.sandbox.description.workers.url, "mover-dev", "").then((count: unknown) => count);

  it("take over what the default providers deployed: nothing is replaced or deleted, a Durable Object counts on", async () => {
    const project = "mover";
    const host = await world.stack({
      project,
      code: COUNTER,
      worker: {
        ...GOOD,
        name: "mover",
        kv_namespaces: [{ binding: "CACHE" }],
        durable_objects: { bindings: [{ name: "COUNTER", class_name: "Counter" }] },
        migrations: [{ tag: "v1", new_sqlite_classes: ["Counter"] }],
        triggers: { crons: ["0 3 * * *"] },
      },
      config: (directory) => ({ workers: [{ directory, resources: { CACHE: { declare: true } } }] }),
    });
    await host.up();
    assert.deepEqual([await counted(), await counted()], [1, 2]);
    const kv = await idsOf(host, "cloudflare:index/workersKvNamespace:WorkersKvNamespace");

    // The state as a version before the providers of our own left it.
    const state = await host.automation.exportStack();
    const old = JSON.stringify(state.deployment).replaceAll(
      /(::pulumi:providers:(cloudflare|pulumiservice)::)worker-secrets\b/g,
      "$1default_1_2_3",
    );
    assert.doesNotMatch(old, /::worker-secrets(?!:index)/, "this is not the old form");
    await host.automation.importStack({ ...state, deployment: JSON.parse(old) });

    const preview = await host.preview();
    assert.deepEqual(steps(preview.events), { create: 2, delete: 2 }, preview.text);
    const { events, text } = await host.up();
    assert.deepEqual(steps(events), { create: 2, delete: 2 }, text);
    assert.equal(await counted(), 3);
    assert.deepEqual(await idsOf(host, "cloudflare:index/workersKvNamespace:WorkersKvNamespace"), kv);
    assert.deepEqual(await providersOf(host), [
      "cloudflare worker-secrets",
      "pulumi default", // of the Stashes
      "pulumiservice worker-secrets",
    ]);
    assert.deepEqual(Object.keys((await host.preview()).changes), ["same"]);
  });

  describe("beside a second account in the same program", () => {
    const project = "two";
    let other: Sandbox;
    let host: HostedStack;
    let theirs: "config" | "none" = "config";
    before(async () => {
      other = await startSandbox({ port: 0, dataFolder: join(world.folder, "other-data") });
      await world.stack({ project, worker: { ...GOOD, name: "two" } });
      const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = world.sandbox.description.env;
      host = await hostStack({
        project,
        stack: "dev",
        organization: world.sandbox.description.pulumi.organization,
        root: join(world.folder, project),
        engine: enginePath(),
        // As real plugins: a process for each provider, with the environment that the CLI exports.
        env: { ...clouds, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" },
        prepareHome: installStandIns,
        program: async () => {
          const { accountId, token, url } = other.description.cloudflare;
          if (theirs === "none") {
            const { accountId } = world.sandbox.description.cloudflare;
            new R2Bucket("files", { accountId, name: "files" });
          } else {
            const provider = new Provider("second", { apiToken: token, baseUrl: url });
            new R2Bucket("by-provider", { accountId, name: "by-provider" }, { provider });
            new R2Bucket("by-config", { accountId, name: "by-config" });
          }
          return program();
        },
      });
    });
    after(async () => {
      await host?.close();
      await other?.close();
    });

    const configured = async (config: Readonly<Record<string, { value: string; secret?: boolean }>>) => {
      await host.automation.setAllConfig(config);
    };

    it("leave a user's cloudflare:apiToken and provider to the user's resources, through up, refresh and destroy", async () => {
      const { token, url, accountId } = other.description.cloudflare;
      await configured({
        "cloudflare:apiToken": { value: token, secret: true },
        "cloudflare:baseUrl": { value: url },
      });
      const { text } = await host.up();
      assert.doesNotMatch(text, /default provider/);
      assert.deepEqual(await buckets(other), ["by-config", "by-provider"]);
      assert.deepEqual(await buckets(world.sandbox), []);
      assert.deepEqual(Object.keys((await host.preview()).changes), ["same"]);
      await host.automation.refresh({ expectNoChanges: true });

      const state = await host.automation.exportStack();
      const { deployment } = state as { deployment: { resources: { urn: string; inputs?: object }[] } };
      const stored = JSON.stringify(deployment);
      assert.ok(
        !stored.includes(world.sandbox.description.cloudflare.token),
        "the deploy token is in the state",
      );
      assert.ok(!stored.includes(world.sandbox.description.pulumi.token), "the access token is in the state");
      const own = deployment.resources.filter(({ urn }) => urn.endsWith("::worker-secrets"));
      const given = own.map(({ urn, inputs }) => [
        urn.split("::").at(-2),
        Object.keys(inputs ?? {}).filter((key) => key !== "version" && key !== "__internal"),
      ]);
      // The engine takes the two registrations in either order.
      assert.deepEqual(given.sort(), [
        ["pulumi:providers:cloudflare", []],
        ["pulumi:providers:pulumiservice", ["apiUrl"]],
      ]);
      assert.ok(stored.includes(accountId));
      await host.destroy();
      assert.deepEqual(await buckets(other), []);
    });

    it("name the user's resources that the imported token would serve, in the preview", async () => {
      theirs = "none";
      await host.automation.removeAllConfig(["cloudflare:apiToken", "cloudflare:baseUrl"]);
      const { text } = await host.preview();
      assert.match(
        text.replaceAll(/\s+/g, " "),
        /Cloudflare's default provider serves other resources of this program: 'files' \(R2Bucket\)\. While the stack imports its Environment, its credential is the deploy token that the Environment two\/dev exports as CLOUDFLARE_API_TOKEN/,
      );
    });
  });
});

/** How often each kind of step was made, without those that change nothing. */
function steps(events: readonly EngineEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { resourcePreEvent: event } of events) {
    if (event === undefined || event.metadata.op === "same") continue;
    counts[event.metadata.op] = (counts[event.metadata.op] ?? 0) + 1;
    assert.match(event.metadata.type, /^pulumi:providers:/, `${event.metadata.op} ${event.metadata.urn}`);
  }
  return counts;
}

interface StateResource {
  readonly type: string;
  readonly urn: string;
  readonly id?: string;
}

async function resources(host: HostedStack): Promise<readonly StateResource[]> {
  const { deployment } = (await host.automation.exportStack()) as {
    deployment: { resources: readonly StateResource[] };
  };
  return deployment.resources;
}

async function idsOf(host: HostedStack, type: string): Promise<readonly unknown[]> {
  return (await resources(host)).filter((one) => one.type === type).map(({ id }) => id);
}

async function providersOf(host: HostedStack): Promise<string[]> {
  return (await resources(host))
    .filter(({ type }) => type.startsWith("pulumi:providers:"))
    .map(({ type, urn }) => `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`)
    .sort();
}

async function buckets({ description: { cloudflare } }: Sandbox): Promise<string[]> {
  const response = await fetch(`${cloudflare.url}/accounts/${cloudflare.accountId}/r2/buckets`, {
    headers: { authorization: `Bearer ${cloudflare.token}` },
  });
  const { result } = (await response.json()) as { result: { buckets: readonly { name: string }[] } };
  return result.buckets.map(({ name }) => name).sort();
}
