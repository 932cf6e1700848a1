import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { installPlugin, installStandIns } from "../../packages/sandbox/src/providers/install.ts";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { assertContract, onExchange } from "../contract/witness.ts";
import { builtPackages } from "../helpers/built-packages.ts";
import { type Registry, startRegistry } from "../helpers/registry.ts";
import { SHARED_CACHE } from "../helpers/shared-cache.ts";
import { enginePath } from "../helpers/world.ts";
import { NEWEST, OLDEST } from "./ranges.ts";

const PLUGIN = join(import.meta.dirname, "../../packages/sandbox/src/providers/plugin.ts");

/** A user's machine: our packages in a registry, both clouds in the sandbox, and Pulumi's plugins for the oldest and the newest SDKs. */
export interface Machine {
  readonly sandbox: Sandbox;
  readonly registry: Registry;
  readonly folder: string;
  readonly path: string;
  /** Folders of our packages as they were published, by their names. */
  readonly built: ReadonlyMap<string, string>;
  /** A folder in which commands run as its owner would run them. */
  project(name: string, files: Readonly<Record<string, unknown>>): Project;
  close(): Promise<void>;
}

export interface Project {
  readonly folder: string;
  write(file: string, content: unknown): void;
  /** Runs shell lines that have to succeed; gives all that they print. */
  good(lines: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs shell lines that have to fail. */
  refused(lines: string, env?: Readonly<Record<string, string>>): Promise<string>;
}

export async function openMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
    assertContract();
  };
  try {
    const built = await builtPackages();
    const registry = await startRegistry(built);
    closers.push(registry.close);
    const home = join(folder, "pulumi-home");
    await installPlugins(home);
    const sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), onExchange });
    closers.push(sandbox.close);
    const path = [dirname(enginePath()), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
    const env: Record<string, string> = {
      ...registry.env,
      ...sandbox.description.env,
      PATH: path,
      HOME: folder,
      XDG_CACHE_HOME: SHARED_CACHE,
      PULUMI_HOME: home,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      WORKER_SECRETS_ENGINE: enginePath(),
      CI: "1",
      NO_COLOR: "1",
    };
    const project = (name: string, files: Readonly<Record<string, unknown>>) =>
      openProject(join(folder, name), env, files);
    return { sandbox, registry, folder, path, built, project, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The stand-ins answer for whichever version an SDK asks for. */
async function installPlugins(home: string): Promise<void> {
  await installLanguageHost(home);
  await installStandIns(home);
  for (const range of [OLDEST, NEWEST])
    for (const name of ["cloudflare", "pulumiservice"] as const)
      await installPlugin(home, {
        kind: "resource",
        name,
        version: range[`@pulumi/${name}`],
        entry: PLUGIN,
        args: [name],
      });
}

function openProject(
  folder: string,
  machine: Readonly<Record<string, string>>,
  files: Readonly<Record<string, unknown>>,
): Project {
  const write = (file: string, content: unknown) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    writeFileSync(join(folder, file), text);
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
  const run = (lines: string, env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ code: number | null; text: string }>((resolve, reject) => {
      const child = spawn("sh", ["-ec", lines], {
        cwd: folder,
        env: { ...machine, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
      child.on("error", reject).on("close", (code) => resolve({ code, text }));
    });
  return {
    folder,
    write,
    async good(lines, env) {
      const { code, text } = await run(lines, env);
      assert.equal(code, 0, `${lines}\n${text}`);
      return text;
    },
    async refused(lines, env) {
      const { code, text } = await run(lines, env);
      assert.notEqual(code, 0, `it did not fail: ${lines}\n${text}`);
      return text;
    },
  };
}
