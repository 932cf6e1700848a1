import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertContract, onExchange } from "../../../../tests/contract/witness.ts";
import type { Ended } from "../../../../tests/helpers/process.ts";
import { assertQuiet } from "../../../../tests/leak/quiet.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/src/sandbox.ts";
import { type PulumiClient, pulumiClient } from "../../src/api/pulumi.ts";

export { CANARY } from "../../../../tests/leak/marker.ts";

const WS = join(import.meta.dirname, "../../src/cli/ws.ts");

export interface RunOptions {
  /** Standard input; by default it is closed. */
  readonly input?: string;
  /** Standard input stays open and empty until the command has ended: whoever reads it waits for ever. */
  readonly silent?: true;
  readonly env?: Readonly<Record<string, string>>;
  /** Told the child, and the number of each call that the sandbox has carried out for it and not answered yet. */
  readonly onCall?: (child: ChildProcess, call: number) => void;
}

/** An empty project beside a sandbox, and `ws` to run in it. */
export interface WsProject {
  readonly root: string;
  /** Around the project's: for what is no part of it. */
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly client: PulumiClient;
  /** The account id and the deploy token, by the names of their variables. */
  readonly account: { readonly CLOUDFLARE_ACCOUNT_ID: string; readonly CLOUDFLARE_API_TOKEN: string };
  ws(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** The names of everything in the project's folder. */
  files(): string[];
  read(name: string): string;
  write(name: string, text: string): void;
  close(): Promise<void>;
}

export async function openProject(name: string): Promise<WsProject> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const root = join(folder, "project");
  mkdirSync(root);
  writeFileSync(join(root, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
  let calls = 0;
  let onCall: ((call: number) => void) | undefined;
  const sandbox = await startSandbox({
    port: 0,
    dataFolder: join(folder, "data"),
    onExchange: (exchange) => {
      onExchange(exchange);
      onCall?.(++calls);
    },
  });
  const { pulumi, cloudflare } = sandbox.description;
  const {
    CLOUDFLARE_ACCOUNT_ID: _,
    CLOUDFLARE_API_TOKEN: __,
    ...around
  } = process.env as Readonly<Record<string, string>>;
  const clouds = {
    PULUMI_BACKEND_URL: pulumi.url,
    PULUMI_ACCESS_TOKEN: pulumi.token,
    CLOUDFLARE_BASE_URL: cloudflare.url,
    PULUMI_HOME: join(folder, "home"),
  };
  return {
    root,
    folder,
    sandbox,
    client: pulumiClient(pulumi.url, pulumi.token, pulumi.organization),
    account: { CLOUDFLARE_ACCOUNT_ID: cloudflare.accountId, CLOUDFLARE_API_TOKEN: cloudflare.token },
    ws: (args, { input = "", silent, env = {}, onCall: told } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [WS, ...args], {
          cwd: root,
          env: { ...around, ...clouds, ...env },
        });
        calls = 0;
        onCall = told === undefined ? undefined : (call) => told(child, call);
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
          stdout += chunk;
        });
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
          stderr += chunk;
        });
        child.stdin.on("error", () => undefined);
        if (silent !== true) child.stdin.end(input);
        child.on("error", reject).on("close", (code, signal) => {
          onCall = undefined;
          resolve({ code, signal, stdout, stderr });
        });
      }),
    files: () => readdirSync(root, { recursive: true, encoding: "utf8" }),
    read: (file) => readFileSync(join(root, file), "utf8"),
    write: (file, text) => writeFileSync(join(root, file), text),
    async close() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
      assertContract();
    },
  };
}

/** `NAME=VALUE` lines. */
export function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** It ended well and told no value; gives standard output. */
export function succeeded(ended: Ended): string {
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  return quiet(ended).stdout;
}

/** It ended with 1 and told no value; gives everything that it printed. */
export function failed(ended: Ended): string {
  assert.equal(ended.code, 1, ended.stdout + ended.stderr);
  const { stdout, stderr } = quiet(ended);
  return stdout + stderr;
}

function quiet(ended: Ended): Ended {
  assertQuiet(ended.stdout, ended.stderr);
  return ended;
}
