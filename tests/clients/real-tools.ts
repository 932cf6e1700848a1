import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { enginePath } from "../helpers/world.ts";

const MODULES = join(import.meta.dirname, "../../node_modules");

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they would stand in a terminal one below the other. */
  readonly text: string;
}

/** A sandbox, and a folder in which the real tools run against it as somebody would run them. */
export interface Tools {
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Runs a shell line. */
  sh(line: string, input?: string): Promise<Output>;
  /** Runs `pulumi` with these arguments; it has to succeed. Gives stdout. */
  pulumi(...args: string[]): Promise<string>;
  /** Runs `pulumi`; it has to fail. Gives both outputs. */
  refused(...args: string[]): Promise<string>;
  /** Starts a shell line that goes on; `close` ends it. */
  start(line: string): ChildProcess;
  write(name: string, content: string): string;
  /** Everything that any command has printed so far. */
  printed(): string;
  close(): Promise<void>;
}

/** The variables of both clouds; the Cloudflare ones only where `cloudflare` says so. */
export async function startTools({ cloudflare = true } = {}): Promise<Tools> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
  const project = join(folder, "project");
  mkdirSync(project);
  // `npx` finds wrangler where an installed project has it.
  symlinkSync(MODULES, join(project, "node_modules"));
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.description.env;
  const path = [dirname(enginePath()), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  const env = {
    ...(cloudflare ? sandbox.description.env : clouds),
    PATH: path,
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
    CI: "1",
    NO_COLOR: "1",
  };
  let printed = "";
  const children = new Set<ChildProcess>();
  const launch = (file: string, args: readonly string[]) => {
    const child = spawn(file, args, { cwd: project, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    children.add(child);
    child.once("close", () => children.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        printed += chunk;
      });
    }
    return child;
  };
  const run = (file: string, args: readonly string[], input = "") =>
    new Promise<Output>((resolve, reject) => {
      const child = launch(file, args);
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: string) => {
        stdout += chunk;
      });
      child.stderr.on("data", (chunk: string) => {
        stderr += chunk;
      });
      child.stdin.on("error", () => undefined).end(input);
      child.on("error", reject).on("close", (code) => {
        resolve({ code, stdout, stderr, text: stdout + stderr });
      });
    });
  return {
    sandbox,
    folder: project,
    sh: (line, input) => run("sh", ["-c", line], input),
    async pulumi(...args) {
      const { code, stdout, text } = await run("pulumi", args);
      assert.equal(code, 0, `pulumi ${args.join(" ")}\n${text}`);
      return stdout;
    },
    async refused(...args) {
      const { code, text } = await run("pulumi", args);
      assert.notEqual(code, 0, `pulumi ${args.join(" ")} did not fail\n${text}`);
      return text;
    },
    start: (line) => launch("sh", ["-c", line]),
    write(name, content) {
      writeFileSync(join(project, name), content);
      return join(project, name);
    },
    printed: () => printed,
    async close() {
      const ended = [...children].map((child) => new Promise((done) => child.once("close", done)));
      // Each leads a group of its own: npx, wrangler and workerd go together.
      for (const { pid } of children) if (pid !== undefined) process.kill(-pid, "SIGTERM");
      await Promise.all(ended);
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
      assertContract();
    },
  };
}
