import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type PulumiClient, pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import {
  deployVariables,
  initEnvironments,
  setVariables,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { makeCheckout } from "../helpers/checkout.ts";
import { type RunningSandbox, runSandbox } from "../helpers/process.ts";
import { SHARED_CACHE } from "../helpers/shared-cache.ts";
import { type CallGate, openCallGate } from "./call-gate.ts";
import { type CliProcess, startCli } from "./cli-process.ts";
import { type ProcessRow, processesWith } from "./processes.ts";

export const PROJECT_NAME = "worker-secrets";

/** The bare CLI in a checkout, and a sandbox in a process of its own behind a gate. Every process of it can be killed. */
export interface KillWorld {
  readonly gate: CallGate;
  /** Through the gate, as the CLI goes. */
  readonly client: PulumiClient;
  sandbox(): RunningSandbox;
  /** Starts it again on the same data, after the one before has ended. */
  restart(): Promise<void>;
  start(args: readonly string[]): CliProcess;
  /** Of the CLI, and everything that it started. */
  processes(): ProcessRow[];
  /** A stack with its Environments and config file, ready for its first `up`. */
  newStack(stack: string, secrets: Readonly<Record<string, string>>): Promise<void>;
  setSecret(stack: string, name: string, value: string): Promise<void>;
  close(): Promise<void>;
}

export async function openKillWorld(): Promise<KillWorld> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const [checkout, data, pulumiHome] = ["checkout", "data", "home"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  makeCheckout(checkout);
  await installStandIns(pulumiHome);
  await installLanguageHost(pulumiHome);
  const gate = await openCallGate();
  const begin = async () => {
    const begun = await runSandbox(data);
    gate.target(Number(new URL(begun.description.pulumi.url).port));
    return begun;
  };
  let sandbox = await begin();

  const { pulumi, cloudflare, env } = sandbox.description;
  const client = pulumiClient(gate.url, pulumi.token, pulumi.organization);
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = env;
  const mark = ["WORKER_SECRETS_KILLS", randomUUID()] as const;
  const place = {
    cwd: checkout,
    env: {
      ...Object.fromEntries(
        Object.entries(clouds).map(([name, value]) => [name, value.replace(pulumi.url, gate.url)]),
      ),
      [mark[0]]: mark[1],
      PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
      HOME: folder,
      XDG_CACHE_HOME: SHARED_CACHE,
      PULUMI_HOME: pulumiHome,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      npm_config_offline: "true",
      NO_COLOR: "1",
    },
  };
  return {
    gate,
    client,
    sandbox: () => sandbox,
    async restart() {
      await sandbox.ended;
      sandbox = await begin();
    },
    start: (args) => startCli(place, [...args, "--non-interactive"]),
    processes: () => processesWith(mark.join("=")),
    async newStack(stack, secrets) {
      writeFileSync(join(checkout, `Pulumi.${stack}.yaml`), `environment:\n  - ${PROJECT_NAME}/${stack}\n`);
      await initEnvironments({
        client,
        names: environmentNames(PROJECT_NAME, stack),
        cloudflare: deployVariables(cloudflare),
        secrets: Object.entries(secrets).map(([name, value]) => ({ name, value, secret: true })),
        definition: defineEnvironment({ names: environmentNames(PROJECT_NAME, stack) }),
        onStep: () => undefined,
      });
      assert.equal(await client.createStack(PROJECT_NAME, stack), true);
    },
    async setSecret(stack, name, value) {
      await setVariables(client, environmentNames(PROJECT_NAME, stack).secrets, [
        { name, value, secret: true },
      ]);
    },
    async close() {
      sandbox.child.kill("SIGTERM");
      await sandbox.ended;
      await gate.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
