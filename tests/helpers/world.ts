import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { OnExchange } from "../../packages/sandbox/src/http/exchange.ts";
import { installStandIns, startStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { type PulumiClient, pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import {
  deployVariables,
  initEnvironments,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { canary } from "../leak/marker.ts";
import { GOOD, workerFolder } from "./worker-folder.ts";

/** A sandbox with stand-ins attached, for one test file. */
export interface World {
  readonly sandbox: Sandbox;
  readonly client: PulumiClient;
  readonly folder: string;
  /** The clouds' variables and the stand-ins'. The Cloudflare token is not among them: it comes out of ESC. */
  readonly env: Readonly<Record<string, string>>;
  /** Initialises a stack with sample values and hosts it. `project` keeps tests of one file apart. */
  stack(options: StackOptions): Promise<HostedStack>;
  close(): Promise<void>;
}

export interface StackOptions {
  readonly project: string;
  readonly stack?: string;
  readonly worker?: unknown;
  readonly code?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Values of one Worker alone, by the Worker's name. */
  readonly ownSecrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Config of the project's own namespace, as it stands in the file; may need the folder of the Worker that was written. */
  readonly config?: StackValues | ((directory: string) => StackValues);
  /** Stand-ins as plugins that the engine starts, instead of those attached to this process. */
  readonly installed?: true;
}

type StackValues = Readonly<Record<string, unknown>>;

/** With plugins installed, the engine must not look for others. */
const INSTALLED = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };

export function enginePath(): string {
  const path = process.env.WORKER_SECRETS_ENGINE;
  if (path === undefined) throw new Error("run the tests by 'npm test': it finds the engine first");
  return path;
}

/** `witness` sees each exchange too, beside the check of the contract. */
export async function openWorld(witness: OnExchange = () => undefined): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
    assertContract();
  };
  const both: OnExchange = (exchange) => {
    onExchange(exchange);
    witness(exchange);
  };
  const sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange: both });
  closers.push(sandbox.close);
  const { description } = sandbox;
  const { organization, url, token } = description.pulumi;
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = description.env;
  const standIns = await startStandIns({
    environment: () => ({ ...clouds, CLOUDFLARE_API_TOKEN: process.env.CLOUDFLARE_API_TOKEN ?? "" }),
  });
  closers.push(standIns.close);
  const env = { ...clouds, ...standIns.env };
  const client = pulumiClient(url, token, organization);
  return {
    sandbox,
    client,
    folder,
    env,
    close,
    async stack({
      project,
      stack = "dev",
      worker = GOOD,
      code,
      secrets,
      ownSecrets = {},
      config = {},
      installed,
    }) {
      const root = join(folder, project);
      mkdirSync(root, { recursive: true });
      const directory = workerFolder(root, "worker", worker, code);
      const given = typeof config === "function" ? config(directory) : config;
      writeFileSync(join(root, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
      writeFileSync(
        join(root, `Pulumi.${stack}.yaml`),
        stringify({
          environment: [`${project}/${stack}`],
          config: {
            "worker-secrets:workers": [directory],
            ...Object.fromEntries(
              Object.entries(given).map(([key, value]) => [`worker-secrets:${key}`, value]),
            ),
          },
        }),
      );
      await initEnvironments({
        client,
        names: environmentNames(project, stack),
        cloudflare: deployVariables(description.cloudflare),
        secrets: [
          ...Object.entries(secrets ?? { API_KEY: canary(), TOP_SECRET: canary() }).map(([name, value]) => ({
            name,
            value,
            secret: true,
          })),
          ...Object.entries(ownSecrets).flatMap(([worker, values]) =>
            Object.entries(values).map(([name, value]) => ({ name, value, secret: true, worker })),
          ),
        ],
        definition: defineEnvironment({ names: environmentNames(project, stack) }),
        onStep: () => undefined,
      });
      const base = { project, stack, organization, root, engine: enginePath() };
      const hosted = await hostStack(
        installed
          ? { ...base, env: { ...clouds, ...INSTALLED }, prepareHome: installStandIns }
          : { ...base, env },
      );
      closers.push(hosted.close);
      return hosted;
    },
  };
}
