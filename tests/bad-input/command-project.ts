import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../packages/sandbox/src/sandbox.ts";
import { pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import {
  deployVariables,
  initEnvironments,
} from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { defineEnvironment } from "../../packages/worker-secrets/src/program/definition.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { GOOD, workerFolder } from "../helpers/worker-folder.ts";
import type { CommandRow } from "./command-rows.ts";
import { digestOfFolder, digestOfRecords } from "./row.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const PROJECT_NAME = "bad";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** With marks in the place of what differs from run to run. */
  readonly text: string;
  /** Whether a file of the project or a record of the sandbox is other than before. */
  readonly changed: boolean;
}

/** A project whose stack `dev` has its Environments, without values for its secrets; every row runs in a copy of it. */
export class CommandProject {
  readonly #folder: string;
  readonly #sandbox: Sandbox;
  #runs = 0;

  private constructor(folder: string, sandbox: Sandbox) {
    this.#folder = folder;
    this.#sandbox = sandbox;
  }

  static async create(folder: string, sandbox: Sandbox): Promise<CommandProject> {
    const root = join(folder, "good");
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "Pulumi.yaml"), `name: ${PROJECT_NAME}\nruntime: nodejs\n`);
    writeFileSync(join(root, "Pulumi.dev.yaml"), `environment:\n  - ${PROJECT_NAME}/dev\nconfig: {}\n`);
    workerFolder(root, "worker", GOOD);
    const { pulumi, cloudflare } = sandbox.description;
    const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
    await initEnvironments({
      client,
      names: environmentNames(PROJECT_NAME, "dev"),
      cloudflare: deployVariables(cloudflare),
      secrets: [],
      definition: defineEnvironment({ names: environmentNames(PROJECT_NAME, "dev") }),
      onStep: () => undefined,
    });
    await client.createStack(PROJECT_NAME, "dev");
    return new CommandProject(folder, sandbox);
  }

  async run({ run, env = {}, input = "", files = {} }: Omit<CommandRow, "text">): Promise<Outcome> {
    const root = join(this.#folder, `run-${++this.#runs}`, "project");
    cpSync(join(this.#folder, "good"), root, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    const before = this.#digest(root);
    const { pulumi, cloudflare } = this.#sandbox.description;
    const [file = "", ...args] = run.map((part) => part.replaceAll("$ROOT", root));
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...around } = process.env;
    const child = spawn(process.execPath, [join(REPOSITORY, file), ...args], {
      cwd: root,
      env: {
        ...around,
        PULUMI_BACKEND_URL: pulumi.url,
        PULUMI_ACCESS_TOKEN: pulumi.token,
        CLOUDFLARE_BASE_URL: cloudflare.url,
        PULUMI_HOME: join(this.#folder, "home"),
        NO_COLOR: "1",
        ...env,
      },
    });
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      new Promise<number | null>((resolve, reject) => {
        child.on("error", reject).on("close", resolve);
        child.stdin.on("error", () => undefined).end(input);
      }),
    ]);
    const changed = this.#digest(root) !== before;
    rmSync(join(root, ".."), { recursive: true });
    const text = stderr
      .replaceAll(root, "$ROOT")
      .replaceAll(pulumi.url, "$PULUMI")
      .replaceAll(cloudflare.url, "$CLOUDFLARE")
      .replaceAll(cloudflare.accountId, "$ACCOUNT")
      .replace(/\n\nUsage: [\s\S]*$/, "\n\n$HELP")
      .trimEnd();
    return { code, stdout: stdout.replaceAll(root, "$ROOT"), text, changed };
  }

  #digest(root: string): string {
    return digestOfFolder(root) + digestOfRecords(join(this.#folder, "data"));
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
