import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { SandboxDescription } from "../../packages/sandbox/src/description.ts";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { type PulumiClient, pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import { makeCheckout } from "../helpers/checkout.ts";
import type { Ended } from "../helpers/process.ts";
import { enginePath } from "../helpers/world.ts";

export const ROOT = join(import.meta.dirname, "../..");
/** The folders of a scene: each is a place of its own to search. */
export interface Folders {
  readonly all: string;
  /** A checkout of this project. */
  readonly project: string;
  /** The sandbox's. */
  readonly data: string;
  /** `TMPDIR` of every process. */
  readonly temporary: string;
  /** `PULUMI_HOME` of the bare CLI. */
  readonly home: string;
  /** What makes the next run faster, such as bundles. */
  readonly cache: string;
  /** npm's cache, with its logs. */
  readonly npm: string;
}

/** A sandbox and a checkout, where every command is a process of its own with nothing in its environment that it needn't have. */
export interface Scene {
  readonly folders: Folders;
  readonly sandbox: SandboxDescription;
  readonly client: PulumiClient;
  /** Everything that the sandbox's process has printed so far. */
  sandboxOutput(): string;
  /** `ws`, in the project. */
  ws(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** The bare CLI, with plugins and language host as processes of their own. */
  pulumi(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Any program, with the same environment. */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<Ended>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** `token` opens the sandbox. */
export async function openScene(token: string): Promise<Scene> {
  const all = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const at = (name: string) => join(all, name);
  const folders: Folders = {
    all,
    project: at("project"),
    data: at("data"),
    temporary: at("tmp"),
    home: at("home"),
    cache: at("cache"),
    npm: at("npm"),
  };
  mkdirSync(folders.temporary, { mode: 0o700 });
  makeCheckout(folders.project);
  await installStandIns(folders.home);
  await installLanguageHost(folders.home);

  const quiet = {
    PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: at("user"),
    TMPDIR: folders.temporary,
    // Else each fresh TMPDIR would have Node compile everything anew.
    NODE_COMPILE_CACHE: getCompileCacheDir() ?? join(tmpdir(), "node-compile-cache"),
    XDG_CACHE_HOME: folders.cache,
    WORKER_SECRETS_ENGINE: enginePath(),
    PULUMI_HOME: folders.home,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    npm_config_cache: folders.npm,
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
    NO_COLOR: "1",
  };
  const started = start(
    process.execPath,
    ["packages/sandbox/src/main.ts", "--json", "--port", "0", "--data", folders.data],
    {
      cwd: ROOT,
      env: { ...quiet, SANDBOX_TOKEN: token },
    },
  );
  const sandbox = JSON.parse(await firstLine(started)) as SandboxDescription;
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.env;
  const { pulumi } = sandbox;

  const run: Scene["run"] = (file, args, { input, env = {}, cwd = folders.project } = {}) =>
    start(file, args, {
      cwd,
      env: { ...quiet, ...clouds, ...env },
      ...(input === undefined ? {} : { input }),
    }).ended;
  return {
    folders,
    sandbox,
    client: pulumiClient(pulumi.url, pulumi.token, pulumi.organization),
    sandboxOutput: () => started.printed(),
    run,
    ws: (args, options) =>
      run(process.execPath, [join(ROOT, "packages/worker-secrets/src/cli/ws.ts"), ...args], options),
    pulumi: (args, options) => run(enginePath(), [...args, "--non-interactive"], options),
    async close() {
      started.child.kill("SIGTERM");
      await started.ended;
      rmSync(all, { recursive: true, force: true });
    },
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Both streams so far. */
  printed(): string;
}

/** The child has no other variables than those given. */
function start(
  file: string,
  args: readonly string[],
  { input, ...how }: { cwd: string; env: Readonly<Record<string, string>>; input?: string },
): Started {
  const child = spawn(file, args, how);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => undefined).end(input ?? "");
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended, printed: () => stdout + stderr };
}

async function firstLine({ child, ended, printed }: Started): Promise<string> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && !printed().includes("\n"))
    await new Promise((resolve) => child.stdout?.once("data", resolve).once("close", resolve));
  if (!printed().startsWith("{")) throw new Error(`the sandbox did not start: ${printed()}`);
  return printed().split("\n")[0] ?? "";
}
