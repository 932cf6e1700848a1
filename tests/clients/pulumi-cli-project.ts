import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { type CliPlace, type CliRun, runCli } from "../../packages/sandbox/tests/pulumi-cli-harness.ts";
import { type PulumiClient, pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import {
  deployVariables,
  initEnvironments,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { makeCheckout } from "../helpers/checkout.ts";
import { SHARED_CACHE } from "../helpers/shared-cache.ts";

/** A fresh checkout of this project, or another program, and the bare CLI in it: its own `Pulumi.yaml`, no Automation API. */
export interface CliProject {
  /** Of Pulumi. */
  readonly name: string;
  readonly sandbox: Sandbox;
  readonly client: PulumiClient;
  readonly place: CliPlace;
  /** The values of the Worker's declared names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The Cloudflare token; it is in ESC alone. */
  readonly deployToken: string;
  /** Runs `pulumi`; fails where a secret shows in what it prints. Both streams are in `text`. */
  pulumi(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliRun & { text: string }>;
  /** The same, of a command that must succeed. Gives what it printed. */
  good(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export const PROJECT_NAME = "worker-secrets";

/** `write` makes another program than this checkout's, in a folder. */
export async function openCliProject(
  secrets: Readonly<Record<string, string>>,
  write?: (root: string, name: string) => void,
): Promise<CliProject> {
  const name = write === undefined ? PROJECT_NAME : "theirs";
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const cwd = join(folder, "checkout");
  if (write === undefined) makeCheckout(cwd);
  else {
    mkdirSync(cwd);
    write(cwd, name);
  }
  const pulumiHome = join(folder, "home");
  await installStandIns(pulumiHome);
  await installLanguageHost(pulumiHome);

  const sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
  const { pulumi, cloudflare } = sandbox.description;
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.description.env;
  const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
  // A token of its own: the CLI masks the one that it is logged in with, wherever it would print it.
  const deployToken = sandbox.createCloudflareToken({});
  await initEnvironments({
    client,
    names: environmentNames(name, "dev"),
    cloudflare: deployVariables({ accountId: cloudflare.accountId, token: deployToken }),
    secrets: Object.entries(secrets).map(([name, value]) => ({ name, value, secret: true })),
    definition: defineEnvironment({ names: environmentNames(name, "dev") }),
    onStep: () => undefined,
  });

  const place: CliPlace = {
    cwd,
    env: {
      ...clouds,
      PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
      HOME: folder,
      XDG_CACHE_HOME: SHARED_CACHE,
      PULUMI_HOME: pulumiHome,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
      NO_COLOR: "1",
    },
  };
  const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const ran = await runCli({ cwd, env: { ...place.env, ...env } }, [...args, "--non-interactive"]);
    const text = ran.stdout + ran.stderr;
    for (const [name, secret] of Object.entries({ ...secrets, deployToken, accessToken: pulumi.token }))
      assert.ok(!text.includes(secret), `${name} is in the output of pulumi ${args.join(" ")}`);
    return { ...ran, text };
  };
  return {
    name,
    sandbox,
    client,
    place,
    secrets,
    deployToken,
    pulumi: run,
    async good(...args) {
      const { code, text, stdout } = await run(args);
      assert.equal(code, 0, `pulumi ${args.join(" ")}\n${text}`);
      return args.includes("--json") ? stdout : text;
    },
    async close() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
      assertContract();
    },
  };
}
