import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccountToken } from "@pulumi/cloudflare/accountToken.js";
import { Provider } from "@pulumi/cloudflare/provider.js";
import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import program from "../../index.ts";
import { runStack } from "../../packages/worker-secrets/src/cli/ci/stack.ts";
import {
  EngineRefused,
  type HostedStack,
  hostStack,
  policyMessages,
} from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { generatedKey } from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { GOOD } from "../helpers/worker-folder.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

const ROOT = join(import.meta.dirname, "../..");
const canary = `canary-${generatedKey()}`;

/** The real engine, the real pack in a process of its own, and the resources that the program registers. */
describe("the policy pack, run by the engine", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  interface Case {
    readonly project: string;
    readonly stack?: string;
    readonly vars?: Readonly<Record<string, string>>;
    readonly code?: string;
    readonly config?: Readonly<Record<string, unknown>>;
    /** Settings of the pack in the place of its own. */
    readonly settings?: unknown;
    /** What somebody added to the program. */
    readonly added?: () => unknown;
  }

  const hosted = async ({ project, stack = "dev", vars = {}, code, config, settings, added }: Case) => {
    await world.stack({
      project,
      stack,
      worker: { ...GOOD, name: project, vars, kv_namespaces: [{ binding: "CACHE" }] },
      ...(code === undefined ? {} : { code }),
      secrets: { API_KEY: canary, TOP_SECRET: generatedKey() },
      config: (directory) => ({
        workers: [{ directory, resources: { CACHE: { declare: true } } }],
        ...config,
      }),
    });
    const root = join(world.folder, project);
    // The pack runs where the project has its SDK.
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    if (settings !== undefined) writeFileSync(join(root, "policy.json"), JSON.stringify(settings));
    return hostStack({
      project,
      stack,
      organization: world.sandbox.description.pulumi.organization,
      root,
      engine: enginePath(),
      env: world.env,
      policiesOf: root,
      program: async () => {
        added?.();
        return program();
      },
    });
  };

  /** What the preview is refused for, a line each, by the engine's exit and by nothing else. */
  const refusal = async (host: HostedStack): Promise<string[]> => {
    try {
      await host.preview();
    } catch (error) {
      assert.ok(error instanceof EngineRefused, String(error));
      assert.ok(!error.message.includes("canary"), "a value is in the message");
      return error.message.split("\n").filter((line) => line.startsWith("policy "));
    } finally {
      await host.close();
    }
    throw new Error("the preview was not refused");
  };

  it("lets the program pass", async () => {
    const host = await hosted({ project: "fine", vars: { GREETING: "hello" } });
    const { text, events, changes } = await host.up();
    assert.match(text, /✅ worker-secrets@v0\.1\.0/);
    assert.deepEqual([...policyMessages(events, "mandatory"), ...policyMessages(events, "warning")], []);
    assert.ok((changes.create ?? 0) > 3);
    await host.close();
  });

  it("refuses secrets in variables and in code, provider tokens and endless tokens, all in one run", async () => {
    const host = await hosted({
      project: "leaky",
      vars: { COPY: `x${canary}`, DB_PASSWORD: "hunter", URL: "https://user:passw@example.com" },
      code: `export default { fetch: () => new Response("${canary}") };\n`,
      added: () => {
        const provider = new Provider("own", { apiToken: "t".repeat(40) });
        const accountId = world.sandbox.description.cloudflare.accountId;
        const assets = join(world.folder, "assets");
        mkdirSync(assets);
        writeFileSync(join(assets, ".env"), "hunter2");
        const script = { accountId, scriptName: "own", content: "export default {};", mainModule: "a.js" };
        new WorkersScript("own", { ...script, assets: { directory: assets } });
        new AccountToken("endless", { accountId, name: "endless", policies: [] }, { provider });
      },
    });
    const found = await refusal(host);
    const policies = found.map((line) => /^policy ([\w-]+): /.exec(line)?.[1]);
    assert.deepEqual(
      [...new Set(policies)].sort(),
      [
        "no-literal-secret",
        "no-private-file-among-assets",
        "provider-token-not-in-program",
        "secret-names-are-secrets",
        "secret-not-plain",
        "token-lifetime",
      ],
      found.join("\n"),
    );
    assert.match(found.join("\n"), /secret-not-plain: The binding COPY of leaky/);
  });

  it("refuses production that is not declared as such, not pinned and not protected, in a workflow's preview", async () => {
    await (await hosted({ project: "shop", stack: "prod" })).close();
    const root = join(world.folder, "shop");
    writeFileSync(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    const { organization } = world.sandbox.description.pulumi;
    const env = { ...world.env, PROJECT_ROOT: root, HEAD_SHA: "a".repeat(40) };
    const { outcome, problems } = await runStack("preview", `${organization}/prod`, env);
    const found = problems.filter((line) => line.startsWith("policy "));
    assert.equal(outcome, "failed");
    assert.deepEqual(
      found
        .map(
          (line) =>
            /does not say so|latest revision|not protected|previewsEnabled|workers\.dev/.exec(line)?.[0],
        )
        .sort(),
      ["does not say so", "latest revision", "not protected", "previewsEnabled", "workers.dev"],
      problems.join("\n"),
    );
  });

  it("lets production pass that is", async () => {
    const host = await hosted({
      project: "guarded",
      stack: "prod",
      config: { prod: true, secretsRevision: "2" },
    });
    const { events } = await host.preview();
    assert.deepEqual(policyMessages(events, "mandatory"), []);
    await host.close();
  });

  it("takes levels and settings from its config: advice does not refuse, an allowed name is none", async () => {
    const host = await hosted({
      project: "advised",
      vars: { DB_PASSWORD: "hunter", SOME_TOKEN: "public" },
      settings: { all: "advisory", "secret-names-are-secrets": { allow: ["SOME_TOKEN"] } },
    });
    const { events } = await host.preview();
    const advice = policyMessages(events, "warning");
    assert.equal(advice.length, 1);
    assert.match(advice[0] ?? "", /DB_PASSWORD/);
    await host.close();
  });
}).timeout(180_000);
