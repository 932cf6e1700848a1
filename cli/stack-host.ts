import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import {
  type EngineEvent,
  fullyQualifiedStackName,
  LocalWorkspace,
  PulumiCommand,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { pulumiClient } from "../service/pulumi.ts";
import { FaultsError } from "../stack/faults.ts";

/** Where a hosted stack runs: the engine, and the variables that name the two clouds. */
export interface HostOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** Folder of the project: `Pulumi.<stack>.yaml` is read from there. */
  readonly root: string;
  /** Path of the `pulumi` executable. */
  readonly engine: string;
  /** `PULUMI_BACKEND_URL`, `PULUMI_ACCESS_TOKEN`, `CLOUDFLARE_BASE_URL` and what else the engine needs. */
  readonly env: Readonly<Record<string, string>>;
  /** The program; by default the project's own `index.ts`. */
  readonly program?: () => Promise<Record<string, unknown>>;
}

export interface HostedStack {
  preview(onOutput?: (text: string) => void): Promise<Changes>;
  up(onOutput?: (text: string) => void): Promise<Changes & { outputs: Readonly<Record<string, unknown>> }>;
  destroy(onOutput?: (text: string) => void): Promise<void>;
  /** The automation stack itself, for whatever is not here. */
  readonly automation: Stack;
  /** Removes the host's own files; the stack stays. */
  close(): Promise<void>;
}

/** Steps of an operation by kind: `{create: 3, same: 1}`. */
export interface Changes {
  readonly changes: Readonly<Record<string, number>>;
  readonly text: string;
}

/**
 * Hosts the stack's program in this process through the Automation API, so that no language host has to be
 * installed. Works in a copy of the project file and the stack's config: nothing of the checkout is changed.
 */
export async function hostStack(options: HostOptions): Promise<HostedStack> {
  const { project, stack, organization, root, engine, env } = options;
  const home = await mkdtemp(join(tmpdir(), "worker-secrets-host-"));
  const workDir = join(home, "project");
  await mkdir(workDir);
  await writeFile(join(workDir, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
  await cp(join(root, `Pulumi.${stack}.yaml`), join(workDir, `Pulumi.${stack}.yaml`));

  const envVars = {
    PATH: [dirname(engine), process.env.PATH ?? ""].join(delimiter),
    PULUMI_HOME: join(home, ".pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...env,
  };
  const program = options.program ?? (async () => (await import("../index.ts")).default());
  // The program runs in this process and reads its endpoints from here, as it would in a process of its own.
  const restore = setProcessEnv({ ...envVars, PULUMI_API: env.PULUMI_BACKEND_URL ?? "" });
  const automation = await LocalWorkspace.createOrSelectStack(
    { stackName: fullyQualifiedStackName(organization, project, stack), projectName: project, program },
    { workDir, envVars, pulumiCommand: await PulumiCommand.get({ skipVersionCheck: true }) },
  );

  /** What the engine does for a program in a process of its own: the Environment's variables become its variables. */
  const openVariables = async (): Promise<void> => {
    const client = pulumiClient(env.PULUMI_BACKEND_URL ?? "", env.PULUMI_ACCESS_TOKEN ?? "", organization);
    const opened = await client
      .openEnvironment(`${project}/${stack}`)
      .catch(() => ({}) as Record<string, unknown>);
    const variables = opened.environmentVariables;
    if (typeof variables !== "object" || variables === null) return;
    for (const [name, value] of Object.entries(variables)) process.env[name] = String(value);
  };

  const run = async <T>(
    operation: (events: EngineEvent[], output: (text: string) => void) => Promise<T>,
    onOutput?: (text: string) => void,
  ) => {
    await openVariables();
    const events: EngineEvent[] = [];
    const texts: string[] = [];
    try {
      const result = await operation(events, (text) => {
        texts.push(text);
        onOutput?.(text);
      });
      const summary = events.find((event) => event.summaryEvent !== undefined)?.summaryEvent;
      return { result, changes: { ...summary?.resourceChanges }, text: texts.join("") };
    } catch (error) {
      throw new FaultsErrorFromEngine(faultText(events, error));
    }
  };

  return {
    automation,
    async preview(onOutput) {
      const { changes, text } = await run(
        (events, output) =>
          automation.preview({ onEvent: (event) => events.push(event), onOutput: output, color: "never" }),
        onOutput,
      );
      return { changes, text };
    },
    async up(onOutput) {
      const { result, changes, text } = await run(
        (events, output) =>
          automation.up({ onEvent: (event) => events.push(event), onOutput: output, color: "never" }),
        onOutput,
      );
      return {
        changes,
        text,
        outputs: Object.fromEntries(
          Object.entries(result.outputs).map(([name, output]) => [name, output.value as unknown]),
        ),
      };
    },
    async destroy(onOutput) {
      await run(
        (events, output) =>
          automation.destroy({ onEvent: (event) => events.push(event), onOutput: output, color: "never" }),
        onOutput,
      );
    },
    async close() {
      restore();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The engine said no; its message is what the engine told, without the Automation API's own trace. */
export class FaultsErrorFromEngine extends Error {}

function faultText(events: readonly EngineEvent[], error: unknown): string {
  const diagnostics = events
    .map((event) => event.diagnosticEvent)
    .filter((event) => event?.severity === "error")
    .map((event) => (event?.message ?? "").replace(/<\{%[^%]*%\}>/g, "").trim());
  if (diagnostics.length > 0) return [...new Set(diagnostics)].join("\n");
  if (error instanceof FaultsError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return /stderr: ([\s\S]*?)(\n *err\?:|$)/.exec(text)?.[1]?.trim() || text;
}

function setProcessEnv(variables: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  return () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  };
}
