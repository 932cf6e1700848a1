import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { GOOD, stackConfig, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
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
const CANARY = "canary-value-of-api-key";

describe("what the program registers", () => {
  const root = tempFolder();
  let registered: ReturnType<MockMonitor["getRegisteredResources"]>;
  let inputs: Map<string, Record<string, unknown>>;
  let fingerprints: Record<string, string>;

  before(async () => {
    inputs = new Map();
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          inputs.set(args.type, args.inputs);
          return {
            id: `${args.name}-id`,
            state:
              args.type === "pulumi:index:Stash"
                ? { ...args.inputs, output: args.inputs.input }
                : args.inputs,
          };
        },
        call: () => ({}),
      },
      "shop",
      "dev",
    );
    workerFolder(root, "worker", { ...GOOD, vars: { GREETING: "hello" } });
    const settings = await readSettings(stackConfig(), root);
    const [declared] = settings.workers;
    assert.ok(declared !== undefined);
    const { declareEnvironment } = await import("../../src/program/environment.ts");
    const { declareWorker } = await import("../../src/program/worker-resources.ts");
    const { Fingerprints } = await import("../../src/program/fingerprints.ts");
    const secrets = new Map([
      ["API_KEY", CANARY],
      ["TOP_SECRET", "two"],
    ]);
    const { declareProviders } = await import("../../src/program/providers.ts");
    const parent = new pulumi.ComponentResource("worker-secrets:index:SecretWorker", "sample");
    const { cloudflare, pulumiservice } = declareProviders();
    declareEnvironment("environment", settings, NOTHING, { parent, provider: pulumiservice });
    const scriptName = declareWorker(
      "sample",
      {
        accountId: settings.accountId,
        scriptName: declared.scriptName,
        worker: declared.config,
        bundle: (await bundleWorkers([declared])).get(declared),
        secrets,
      },
      { parent, provider: cloudflare },
    );
    await settled(scriptName);
    fingerprints = await settled(new Fingerprints("dev").ofSecrets(secrets));
    registered = (pulumi.runtime.getMonitor() as unknown as MockMonitor).getRegisteredResources();
  });

  /** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` → type and name. */
  const namesByType = (): Map<string, string> =>
    new Map(
      [...registered.keys()].map((urn) => {
        const [, , types, name] = urn.split("::");
        return [types?.split("$").at(-1) ?? "", name ?? ""];
      }),
    );

  it("is the Environment, the component, the script, its subdomain, the fingerprints' key and the two providers: nothing else", () => {
    assert.deepEqual([...namesByType().keys()].filter((type) => type !== "pulumi:pulumi:Stack").sort(), [
      "cloudflare:index/workersScript:WorkersScript",
      "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain",
      "pulumi:index:Stash",
      "pulumi:providers:cloudflare",
      "pulumi:providers:pulumiservice",
      "pulumiservice:api/esc:Environment",
      "worker-secrets:index:SecretWorker",
    ]);
  });

  it("adopts the Environment by its id, and its definition holds no secret", () => {
    const environment = inputs.get("pulumiservice:api/esc:Environment");
    assert.equal(namesByType().get("pulumiservice:api/esc:Environment"), "environment");
    assert.equal(environment?.name, "dev");
    assert.equal(environment?.project, "shop");
    assert.equal(environment?.orgName, "acme");
    assert.ok(!JSON.stringify(environment).includes("canary"));
  });

  it("sends code, main module, compatibility date and all bindings in order of name", () => {
    const script = inputs.get("cloudflare:index/workersScript:WorkersScript");
    assert.equal(script?.scriptName, "sample-dev");
    assert.equal(script?.mainModule, "index.js");
    assert.equal(script?.compatibilityDate, "2026-10-01");
    assert.match(String(script?.content), /fetch/);
    const bindings = unwrapped(script?.bindings);
    assert.ok(Array.isArray(bindings));
    assert.deepEqual(
      bindings.map(({ name, type }) => [name, type]),
      [
        ["API_KEY", "secret_text"],
        ["GREETING", "plain_text"],
        ["TOP_SECRET", "secret_text"],
      ],
    );
  });

  it("says explicitly whether old versions are served: as the API decides where wrangler says nothing", () => {
    const subdomain = inputs.get("cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain");
    assert.equal(subdomain?.enabled, true);
    assert.equal(subdomain?.previewsEnabled, true);
  });

  it("shows fingerprints by name, which hold no value", () => {
    assert.deepEqual(Object.keys(fingerprints), ["API_KEY", "TOP_SECRET"]);
    assert.match(fingerprints.API_KEY ?? "", /^[0-9a-f]{12}$/);
  });
});

describe("secretness", () => {
  it("wraps every secret binding's text, and no plain one", async () => {
    const { sealed } = await import("../../src/program/worker-resources.ts");
    const wrapped = [
      sealed({ type: "secret_text", name: "API_KEY", text: CANARY }),
      sealed({ type: "plain_text", name: "GREETING", text: "hello" }),
    ];
    const secretness = await Promise.all(
      wrapped.map(
        async ({ name, ...rest }) =>
          [
            name,
            "text" in rest && pulumi.Output.isInstance(rest.text) ? await pulumi.isSecret(rest.text) : false,
          ] as const,
      ),
    );
    assert.deepEqual(secretness, [
      ["API_KEY", true],
      ["GREETING", false],
    ]);
  });
});

function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}

/** The mock monitor gives a list with a secret member as one secret, in the engine's own envelope. */
function unwrapped(value: unknown): unknown {
  return typeof value === "object" && value !== null && "value" in value ? value.value : value;
}
