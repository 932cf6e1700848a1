import { type ChildProcess, fork } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import type { SandboxDescription } from "../../packages/sandbox/src/description.ts";
import { installLanguageHost } from "../../packages/sandbox/src/language-host/install.ts";
import { startStandIns } from "../../packages/sandbox/src/providers/index.ts";
import { pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import {
  deployVariables,
  initEnvironments,
  type Variable,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { type Timed, timed } from "./measure.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** One request that the sandbox answered. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly milliseconds: number;
}

/** A folder with a `Pulumi.yaml` and one stack. */
export interface Project {
  readonly name: string;
  readonly folder: string;
  readonly stack: string;
  /** The real CLI in it. */
  pulumi(...args: string[]): Promise<Timed>;
}

/**
 * A sandbox in a process of its own, and the real CLI. The stand-ins for the provider plugins serve from this process: the real ones
 * are Go programs, and a start of Node for each would be in every figure. The language host is the stand-in, started by the engine.
 */
export interface World {
  readonly description: SandboxDescription;
  readonly sandboxPid: number;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the sandbox was asked since the last time. */
  calls(): Promise<readonly SeenCall[]>;
  /** This project's own program with so many Workers, each with so many secrets; their values are in ESC. */
  workers(name: string, workers: number, secrets: number, stack?: string): Promise<Project>;
  /** One more stack of such a project. Its values are those of the first stack, which its own Environments import. */
  another(project: Project, stack: string): Promise<Project>;
  /** A program that declares nothing, as `pulumi new javascript` makes it, or another text. */
  plain(name: string, program?: string): Promise<Project>;
  close(): Promise<void>;
}

const NOTHING = '"use strict";\nconst pulumi = require("@pulumi/pulumi");\n';
const OWN = ["index.ts", "packages/worker-secrets/src", "package.json"];

export const secretName = (index: number) => `SECRET_${index + 1}`;

export async function openWorld(engine: string, journals = true): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-bench-"));
  const sandbox = fork(join(import.meta.dirname, "sandbox-process.ts"), [
    join(folder, "data"),
    String(journals),
  ]);
  const description = (await answer(sandbox)) as SandboxDescription;
  const { pulumi, cloudflare } = description;
  const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = description.env;
  const standIns = await startStandIns({
    environment: () => ({ ...clouds, CLOUDFLARE_API_TOKEN: cloudflare.token }),
  });
  await installLanguageHost(join(folder, "home"));
  const env: Record<string, string> = {
    ...clouds,
    ...standIns.env,
    PATH: [
      dirname(process.execPath),
      dirname(engine),
      join(ROOT, "node_modules/.bin"),
      process.env.PATH,
    ].join(delimiter),
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    NO_COLOR: "1",
  };
  const project = async (name: string, stack: string, files: Readonly<Record<string, unknown>>) => {
    const at = join(folder, name);
    mkdirSync(at, { recursive: true });
    for (const [file, content] of Object.entries(files))
      writeFileSync(join(at, file), typeof content === "string" ? content : stringify(content));
    const run = (...args: string[]) => timed(engine, [...args, "--non-interactive"], { cwd: at, env });
    await run("stack", "init", stack); // selects it too
    return { name, folder: at, stack, pulumi: run };
  };
  return {
    description,
    sandboxPid: sandbox.pid ?? 0,
    folder,
    env,
    async calls() {
      sandbox.send("calls");
      return (await answer(sandbox)) as readonly SeenCall[];
    },
    async workers(name, workers, secrets, stack = "dev") {
      const at = join(folder, name);
      mkdirSync(at, { recursive: true });
      for (const file of OWN) cpSync(join(ROOT, file), join(at, file), { recursive: true });
      symlinkSync(join(ROOT, "node_modules"), join(at, "node_modules"));
      const names = Array.from({ length: secrets }, (_, index) => secretName(index));
      const directories = Array.from({ length: workers }, (_, index) => `workers/w${index + 1}`);
      for (const [index, directory] of directories.entries()) writeWorker(at, directory, index, names);
      await initEnvironments({
        client,
        names: environmentNames(name, stack),
        cloudflare: deployVariables(cloudflare),
        secrets: names.map((one): Variable => ({ name: one, value: `value of ${one}`, secret: true })),
        definition: defineEnvironment({ names: environmentNames(name, stack) }),
        onStep: () => undefined,
      });
      return project(name, stack, {
        "Pulumi.yaml": {
          name,
          runtime: {
            name: "nodejs",
            options: {
              typescript: false,
              nodeargs: "--import worker-secrets/preload",
            },
          },
        },
        [`Pulumi.${stack}.yaml`]: {
          environment: [`${name}/${stack}`],
          config: { "worker-secrets:workers": directories },
        },
      });
    },
    async another({ name, folder: at, stack: first }, stack) {
      for (const kind of ["cloudflare", "secrets"]) {
        await client.createEnvironment(`${name}/${stack}-${kind}`);
        await client.updateEnvironment(
          `${name}/${stack}-${kind}`,
          stringify({ imports: [`${name}/${first}-${kind}`] }),
        );
      }
      await initEnvironments({
        client,
        names: environmentNames(name, stack),
        cloudflare: [],
        secrets: [],
        definition: defineEnvironment({ names: environmentNames(name, stack) }),
        onStep: () => undefined,
      });
      const config = parse(readFileSync(join(at, `Pulumi.${first}.yaml`), "utf8")) as object;
      return project(name, stack, {
        [`Pulumi.${stack}.yaml`]: { ...config, environment: [`${name}/${stack}`] },
      });
    },
    async plain(name, program = NOTHING) {
      mkdirSync(join(folder, name), { recursive: true });
      symlinkSync(join(ROOT, "node_modules"), join(folder, name, "node_modules"));
      return project(name, "dev", {
        "Pulumi.yaml": { name, runtime: "nodejs" },
        "package.json": JSON.stringify({ name, main: "index.js" }),
        "index.js": program,
      });
    },
    async close() {
      await standIns.close();
      const ended = new Promise((resolve) => sandbox.once("exit", resolve));
      sandbox.disconnect();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeWorker(root: string, directory: string, index: number, secrets: readonly string[]): void {
  mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(
    join(root, directory, "wrangler.jsonc"),
    JSON.stringify({
      name: `w${index + 1}-${root.split("/").at(-1)}`,
      main: "index.js",
      compatibility_date: "2026-10-01",
      secrets: { required: secrets },
    }),
  );
  writeFileSync(
    join(root, directory, "index.js"),
    `export default { fetch: () => new Response("Worker ${index + 1}") };\n`,
  );
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the sandbox ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}
