import { delimiter, dirname } from "node:path";
import {
  LocalWorkspace,
  type LocalWorkspaceOptions,
  PulumiCommand,
  Stack,
} from "@pulumi/pulumi/automation/index.js";
import { resourcesOf } from "../../program/deployed.ts";
import { SIGNATURE } from "../project/fingerprint-key.ts";
import { setProcessEnv } from "./process-env.ts";

// Each start of the engine costs more than half a second, so none is made whose answer is known or wanted by nobody.

/** Opens a stack. One that is known to exist is not selected first: each command of the Automation API names it. */
export async function openStack(
  name: string,
  exists: boolean,
  options: LocalWorkspaceOptions,
): Promise<Stack> {
  const workspace = await LocalWorkspace.create(options);
  if (!exists) return Stack.createOrSelect(name, workspace);
  const { selectStack } = workspace;
  workspace.selectStack = async () => undefined;
  const stack = await Stack.select(name, workspace);
  workspace.selectStack = selectStack;
  return stack;
}

/** The same stack, whose operations end when the engine does: they read neither its outputs nor its history. */
export function withoutReading(stack: Stack): Stack {
  return Object.assign(Object.create(stack), { outputs: async () => ({}), info: async () => undefined });
}

/** The outputs that a state has; `undefined` where one of them, or a part of it, is a secret or another special value. */
export function plainOutputs(deployment: unknown): Readonly<Record<string, unknown>> | undefined {
  const root = resourcesOf(deployment).find((resource) => Object(resource).type === "pulumi:pulumi:Stack");
  const outputs: unknown = Object(root).outputs ?? {};
  return JSON.stringify(outputs).includes(SIGNATURE) ? undefined : Object(outputs);
}

const commands = new Map<string, Promise<PulumiCommand>>();

/** The Automation API looks for `bin/pulumi` or takes the one on the PATH: this takes exactly the one that was found. */
export function engineCommand(engine: string): Promise<PulumiCommand> {
  const known = commands.get(engine) ?? askedCommand(engine);
  commands.set(engine, known);
  // An engine that did not run may do so later.
  known.catch(() => commands.delete(engine));
  return known;
}

async function askedCommand(engine: string): Promise<PulumiCommand> {
  const restore = setProcessEnv({ PATH: [dirname(engine), process.env.PATH ?? ""].join(delimiter) });
  try {
    return await PulumiCommand.get({ skipVersionCheck: true });
  } finally {
    restore();
  }
}
