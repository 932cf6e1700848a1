/** `worker-secrets/testing`: a project's stack on the local sandbox, for the project's own tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pulumiClient } from "../../api/pulumi.ts";
import { defineEnvironment } from "../../program/definition.ts";
import { findEngine } from "../engine/executable/index.ts";
import { loadSandbox } from "../engine/sandbox.ts";
import { hostStack } from "../engine/stack-host.ts";
import { namesIn, readProject } from "../project/context.ts";
import { deployVariables, initEnvironments } from "../project/init-environments.ts";
import { projectRoot } from "../project/root.ts";
import { openStackFile } from "../project/stack-file.ts";
import { print } from "../terminal/output.ts";
import { type MockedResource, runMocked } from "./mocked.ts";

export type { MockedResource };

export interface TestStackOptions {
  /** Value of each secret that the Workers declare. They go to the sandbox alone. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Default `dev`. */
  readonly stack?: string;
  /** Folder of `Pulumi.yaml`. Default: the nearest one above the working directory. */
  readonly root?: string;
}

/** What a preview or an update did. */
export interface TestRun {
  /** Number of steps by their kind, such as `{create: 3, same: 1}`. */
  readonly changes: Readonly<Record<string, number>>;
  /** What the engine printed. */
  readonly text: string;
}

/** A stack with its Environments in a sandbox of its own: nothing of it is in an account, and `close` removes it. */
export interface TestStack {
  /** The Worker's address is this one with its script's name behind it. */
  readonly workersUrl: string;
  /** Runs the program with Pulumi's mocks instead of an engine. Returns the resources that it registers. */
  mocked(program: () => Promise<unknown>): Promise<readonly MockedResource[]>;
  /** `pulumi preview`, by the real engine. */
  preview(): Promise<TestRun>;
  /** `pulumi up`, by the real engine. */
  up(): Promise<TestRun & { readonly outputs: Readonly<Record<string, unknown>> }>;
  close(): Promise<void>;
}

/** Starts a sandbox and stores the stack's Environments in it. The first start on a machine may have to download the Pulumi engine. */
export async function openTestStack(options: TestStackOptions): Promise<TestStack> {
  const { secrets, stack = "dev", root = projectRoot(undefined) } = options;
  const { startSandbox } = await loadSandbox(() => import("@worker-secrets/sandbox"));
  const { installStandIns, NO_OTHER_PLUGINS } = await import("@worker-secrets/sandbox/providers");
  const { name: project, stackConfigDir = "" } = readProject(root);
  const stackFile = join(root, stackConfigDir, `Pulumi.${stack}.yaml`);
  const names = namesIn(openStackFile(stackFile), project, stack);
  const dataFolder = await mkdtemp(join(tmpdir(), "worker-secrets-test-stack-"));
  const opened = [() => rm(dataFolder, { recursive: true, force: true })];
  const close = async () => {
    for (const step of opened.splice(0).reverse()) await step();
  };
  try {
    const sandbox = await startSandbox({ port: 0, dataFolder });
    opened.push(sandbox.close);
    const { pulumi, cloudflare, workers } = sandbox.description;
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.description.env;
    const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
    await initEnvironments({
      client,
      names,
      cloudflare: deployVariables(cloudflare),
      secrets: Object.entries(secrets).map(([name, value]) => ({ name, value, secret: true })),
      definition: defineEnvironment({ names }),
      onStep: () => undefined,
    });
    const { organization } = pulumi;
    const engine = await findEngine({ onProgress: print });
    const hosted = await hostStack({
      project,
      stack,
      organization,
      root,
      engine: engine.path,
      env: { ...clouds, ...NO_OTHER_PLUGINS },
      prepareHome: installStandIns,
    });
    opened.push(hosted.close);
    const place = { client, stackFile, project, stack, organization, root, clouds, folder: hosted.home };
    return {
      workersUrl: workers.url,
      mocked: (program) => runMocked(place, program),
      preview: () => hosted.preview(),
      up: () => hosted.up(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
