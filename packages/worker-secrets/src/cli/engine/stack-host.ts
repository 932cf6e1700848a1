import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { type EngineEvent, fullyQualifiedStackName, type Stack } from "@pulumi/pulumi/automation/index.js";
import * as v from "valibot";
import { scriptStamps } from "../../api/cloudflare-token.ts";
import { evenInterrupted } from "../../api/http.ts";
import { pulumiClient } from "../../api/pulumi.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../faults.ts";
import { CODE_VARIABLE, formatCode, type RecordedCode } from "../../program/code.ts";
import { environmentNames } from "../../program/names.ts";
import { forgetPlan, refuseMissing } from "../../program/program-end.ts";
import { variableFaults, variablesIn } from "../../program/runtime-variables.ts";
import { configSize, describeSize, expectedConfig, isTooLarge, SIZE_FIX } from "../project/config-size.ts";
import { readProject } from "../project/context.ts";
import { StackFile } from "../project/stack-file.ts";
import { CommandFailed } from "../terminal/command.ts";
import { forEngine } from "../terminal/interrupt.ts";
import { engineCommand, openStack, plainOutputs, withoutReading } from "./automation-stack.ts";
import { noteEngineWork, type Scripts } from "./engine-effects.ts";
import { enterFolder } from "./enter-folder.ts";
import { environmentVariables } from "./environment-variables.ts";
import { linkPlugins, makeHostHome } from "./host-home.ts";
import { guardInlinePrograms } from "./inline-program.ts";
import { ensureLanguageHost } from "./language-host.ts";
import { projectPolicyPack } from "./policy-pack.ts";
import { setProcessEnv } from "./process-env.ts";
import { hostedProgram, programFolder } from "./project-program.ts";
import { apiRefusals, describeRefusals, repeatsRefusal } from "./refusals.ts";

/** Where a hosted stack runs: the engine, and the variables that name the two clouds. */
export interface HostOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** Folder of `Pulumi.yaml`. The engine runs there, so that relative paths mean what they mean for `pulumi up`. */
  readonly root: string;
  /** Path of the `pulumi` executable. */
  readonly engine: string;
  /** `PULUMI_BACKEND_URL`, `PULUMI_ACCESS_TOKEN`, `CLOUDFLARE_BASE_URL` and what else the engine needs. */
  readonly env: Readonly<Record<string, string>>;
  /** The program, to run in this process; by default that of `root`, which the engine starts itself where it can't run here. */
  readonly program?: () => Promise<Record<string, unknown>>;
  /** Code to deploy instead of the project's. Default: the project's. */
  readonly code?: RecordedCode;
  /** What the stack's history says of an `up`. Default: nothing. */
  readonly message?: string;
  /** Folder of a project whose `policy/` every preview and `up` has to satisfy. Default: no policies. */
  readonly policiesOf?: string;
  /** A Pulumi home whose plugins and policy packs the engine uses, and keeps those in that it downloads. Default: none. */
  readonly pulumiHome?: string;
  /** Gets the engine's own home before its first command, to install plugins there. */
  readonly prepareHome?: (pulumiHome: string) => Promise<unknown>;
  /** Interrupts the running command the way Ctrl-C does: the engine ends the step it is in, and frees the stack. */
  readonly signal?: AbortSignal;
}

export interface HostedStack {
  preview(onOutput?: (text: string) => void): Promise<Changes>;
  up(onOutput?: (text: string) => void): Promise<Changes & { outputs: Readonly<Record<string, unknown>> }>;
  /** `targets`: URNs to destroy; all of the stack when absent. */
  destroy(onOutput?: (text: string) => void, targets?: readonly string[]): Promise<void>;
  /** The automation stack itself, for whatever is not here. */
  readonly automation: Stack;
  /** Folder of the host's own files, the engine's home among them. */
  readonly home: string;
  /** Removes the host's own files; the stack stays. */
  close(): Promise<void>;
}

/** Steps of an operation by kind: `{create: 3, same: 1}`. */
export interface Changes {
  readonly changes: Readonly<Record<string, number>>;
  readonly text: string;
  /** What the engine told, in its order. Secrets are masked in it. */
  readonly events: readonly EngineEvent[];
}

/**
 * Hosts the stack's program in this process through the Automation API, so that no language host has to be installed. The
 * engine runs in the project's folder with a home of its own, which holds its login and whatever it notes (a selection, logs),
 * and reads a copy of the stack's config file: nothing in the project or in the user's Pulumi home changes but plugins.
 */
export async function hostStack(options: HostOptions): Promise<HostedStack> {
  const home = await makeHostHome();
  try {
    return await hostStackIn(home, options);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function hostStackIn(home: string, options: HostOptions): Promise<HostedStack> {
  const { project, stack, organization, root, engine, env } = options;
  const settings = readProject(root);
  const config = `Pulumi.${stack}.yaml`;
  const stackFile = join(root, settings.stackConfigDir ?? "", config);
  const configFile = join(home, config);
  const takeConfig = () =>
    cp(stackFile, configFile).catch(() => {
      const fix = `Write it, with this line: environment: [${environmentNames(project, stack).definition}]`;
      throw new FaultsError([{ where: config, what: "the stack's config file can't be read", fix }]);
    });
  await takeConfig();

  const pulumiHome = join(home, ".pulumi");
  await mkdir(pulumiHome, { mode: 0o700 });
  if (options.pulumiHome !== undefined) await linkPlugins(pulumiHome, options.pulumiHome);
  await options.prepareHome?.(pulumiHome);

  const envVars: Record<string, string> = {
    PATH: [dirname(engine), process.env.PATH ?? ""].join(delimiter),
    PULUMI_HOME: pulumiHome,
    PULUMI_CREDENTIALS_PATH: pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...env,
  };
  if (options.code !== undefined) {
    envVars[CODE_VARIABLE] = join(home, "code.json");
    await writeFile(envVars[CODE_VARIABLE], formatCode(options.code), { mode: 0o600 });
  }
  const policies =
    options.policiesOf === undefined ? undefined : await projectPolicyPack(options.policiesOf, home);
  const message = options.message === undefined ? {} : { message: options.message };
  let faults: readonly Fault[] = [];
  const body = hostedProgram(root, settings.main, guardInlinePrograms(), options.program);
  if (body === undefined) await ensureLanguageHost(engine, pulumiHome);
  const program =
    body &&
    (async () => {
      try {
        const outputs = await body();
        await refuseMissing();
        return outputs;
      } catch (error) {
        forgetPlan();
        faults = faultsOf(error);
        throw error;
      }
    });
  const backend = env.PULUMI_BACKEND_URL ?? "";
  const client = pulumiClient(backend, env.PULUMI_ACCESS_TOKEN ?? "", organization);
  // By our own call, which notes what it changed; a backend without an API is the CLI's alone.
  const hasApi = /^https?:/.test(backend);
  if (hasApi && !(await client.stackExists(project, stack))) await client.createStack(project, stack);
  const stackName = fullyQualifiedStackName(organization, project, stack);
  const automation = await openStack(stackName, hasApi, {
    workDir: root,
    envVars,
    pulumiCommand: await engineCommand(engine),
    ...(program === undefined ? {} : { program }),
  }).catch((error: unknown) => {
    throw new EngineRefused(engineMessage([], error));
  });
  const operations = withoutReading(automation);

  /** What the CLI opens for the stack. An Environment that can't be opened is the engine's to report, in its own words. */
  const openEnvironments = async (file: StackFile): Promise<Record<string, unknown>> => {
    const definition = file.environmentDefinition();
    return definition === undefined ? {} : client.openDocument(definition).catch(() => ({}));
  };

  const interrupted = options.signal && forEngine(options.signal);
  const run = async (
    operation: (how: OperationOptions) => Promise<unknown>,
    onOutput?: (text: string) => void,
    changes?: "up" | "destroy",
  ): Promise<Changes> => {
    const events: EngineEvent[] = [];
    const texts: string[] = [];
    faults = [];
    await takeConfig();
    const file = new StackFile(stackFile, await readFile(configFile, "utf8"));
    const values = await openEnvironments(file);
    // Here the program runs in this process, which has no such limit; in 'pulumi up' it would not even start.
    const written = expectedConfig(file, project, [], {});
    const size = configSize({ ...written, ...Object(values.pulumiConfig) });
    if (isTooLarge(size)) {
      const line = `Warning: ${describeSize(size)}. ${SIZE_FIX}\n`;
      texts.push(line);
      onOutput?.(line);
    }
    refuseIfAny(variableFaults(variablesIn(values), `Environment ${file.imports().at(-1) ?? stack}`));
    const opened = await environmentVariables(values, home);
    const scripts = () => readScripts(env.CLOUDFLARE_BASE_URL, opened);
    const before = changes && (await scripts());
    const note = async (failed: boolean) => {
      if (changes === undefined) return;
      const name = `${organization}/${project}/${stack}`;
      const now = () => evenInterrupted(scripts);
      await noteEngineWork({ operation: changes, stack: name, failed }, events, before, now);
    };
    // An engine that is only started now would not hear of it any more.
    options.signal?.throwIfAborted();
    const leave = enterFolder(programFolder(root, settings.main));
    const restore = setProcessEnv({
      ...envVars,
      PULUMI_API: env.PULUMI_BACKEND_URL ?? "",
      PULUMI_NODEJS_ROOT_DIRECTORY: root,
      ...opened,
    });
    try {
      await operation({
        color: "never",
        configFile,
        ...(interrupted === undefined ? {} : { signal: interrupted }),
        onEvent: (event) => events.push(event),
        onOutput: (text) => {
          texts.push(text);
          onOutput?.(text);
        },
      });
      await note(false);
      const summary = events.find((event) => event.summaryEvent !== undefined)?.summaryEvent;
      return { changes: { ...summary?.resourceChanges }, text: texts.join(""), events };
    } catch (error) {
      await note(true);
      const message = engineMessage(events, error);
      const next = isLocked(message)
        ? unlock(organization, project, stack)
        : describeRefusals(apiRefusals(events))?.next;
      throw new EngineRefused(message, { faults, ...(next === undefined ? {} : { next }) });
    } finally {
      restore();
      leave();
    }
  };

  /** By one call where no output is a secret; else the engine decrypts them, and is started twice for it. */
  const outputs = async (): Promise<Readonly<Record<string, unknown>>> => {
    const state = hasApi ? await client.exportStack(project, stack).catch(() => undefined) : undefined;
    const plain = state === undefined ? undefined : plainOutputs(state);
    if (plain !== undefined) return plain;
    const read = await automation.outputs().catch((error: unknown) => {
      throw new EngineRefused(engineMessage([], error));
    });
    return Object.fromEntries(Object.entries(read).map(([name, output]) => [name, output.value as unknown]));
  };

  return {
    automation,
    home,
    preview: (onOutput) => run((how) => operations.preview({ ...how, ...policies }), onOutput),
    async up(onOutput) {
      const ran = await run((how) => operations.up({ ...how, ...message, ...policies }), onOutput, "up");
      return { ...ran, outputs: await outputs() };
    },
    async destroy(onOutput, targets) {
      const only = targets === undefined ? {} : { target: [...targets] };
      await run((how) => operations.destroy({ ...how, ...only }), onOutput, "destroy");
    },
    async close() {
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The account's scripts as they are now; `undefined` where they can't be read, which the operation itself will report. */
async function readScripts(
  url: string | undefined,
  { CLOUDFLARE_ACCOUNT_ID: account, CLOUDFLARE_API_TOKEN: token }: Readonly<Record<string, string>>,
): Promise<Scripts | undefined> {
  if (url === undefined || account === undefined || token === undefined) return undefined;
  return scriptStamps(url, account, token).catch(() => undefined);
}

interface OperationOptions {
  readonly color: "never";
  readonly configFile: string;
  readonly signal?: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onOutput: (text: string) => void;
}

/** What the program found wrong before it registered anything (`asRunError`); of a checkout's own program as well. */
function faultsOf(error: unknown): readonly Fault[] {
  const parsed = v.safeParse(
    v.array(v.object({ where: v.string(), what: v.string(), fix: v.string() })),
    Object(error).faults,
  );
  return parsed.success ? parsed.output : [];
}

/**
 * The engine said no; the message is what it told, without the Automation API's own trace. With `faults`, the program
 * itself refused, and nothing was registered.
 */
export class EngineRefused extends CommandFailed {}

/** The engine's words for a stack that another operation holds, or one that ended without freeing it. */
function isLocked(message: string): boolean {
  return message.includes("Another update is currently in progress");
}

function unlock(organization: string, project: string, stack: string): string {
  return `Wait for the other one. If there is none, an operation that was broken off has left the stack locked: pulumi cancel ${organization}/${project}/${stack}, and run this again.`;
}

function engineMessage(events: readonly EngineEvent[], error: unknown): string {
  const refused = describeRefusals(apiRefusals(events));
  const diagnostics = events
    .map((event) => event.diagnosticEvent)
    .filter((event) => event?.severity === "error")
    .map((event) => (event?.message ?? "").replace(/<\{%[^%]*%\}>/g, "").trim())
    .filter((message) => refused === undefined || !repeatsRefusal(message));
  const violations = policyMessages(events, "mandatory");
  const said = [refused?.reason, ...diagnostics, ...violations];
  const lines = [...new Set(said.filter((line) => line !== undefined))];
  if (lines.length > 0) return lines.join("\n");
  const text = error instanceof Error ? error.message : String(error);
  const told = /stderr: ([\s\S]*?)(\n *err\?:|$)/.exec(text)?.[1] ?? text;
  // The Automation API puts the command with all its options before it, and the whole output after it.
  const own = /^error: [\s\S]*?(?=\n\w+ing \(|\n\n|$(?![\s\S]))/m.exec(told);
  if (own === null) return told.trim() || text;
  // What is wrong in an Environment stands before it, with its place; the error itself says only that there was too much.
  const before = own[0].includes("opening environment") ? told.slice(0, own.index) : "";
  return `${before}${own[0]}`.trim();
}

/** What the policies of a pack found, a line each. */
export function policyMessages(events: readonly EngineEvent[], level: "mandatory" | "warning"): string[] {
  const found = events.flatMap(({ policyEvent: event }) => {
    if (event === undefined || (event.enforcementLevel === "mandatory") !== (level === "mandatory"))
      return [];
    // The engine puts the policy's description before what was reported.
    const message =
      event.message
        .replace(/<\{%[^%]*%\}>/g, "")
        .trim()
        .split("\n")
        .at(-1) ?? "";
    return [`policy ${event.policyName}: ${message}`];
  });
  return [...new Set(found)];
}
