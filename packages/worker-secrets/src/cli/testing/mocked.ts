import { runtime } from "@pulumi/pulumi";
import type { PulumiClient } from "../../api/pulumi.ts";
import { refuseMissing } from "../../program/program-end.ts";
import { environmentVariables } from "../engine/environment-variables.ts";
import { setProcessEnv } from "../engine/process-env.ts";
import { expectedConfig } from "../project/config-size.ts";
import { openStackFile } from "../project/stack-file.ts";

/** A resource as the program registers it. Secrets are plain in its inputs. */
export interface MockedResource {
  /** Such as `cloudflare:index/workersScript:WorkersScript`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Where a program believes to run. */
export interface MockedPlace {
  readonly client: Pick<PulumiClient, "openDocument">;
  readonly stackFile: string;
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly root: string;
  /** For the `files` of the Environments. */
  readonly folder: string;
  /** Variables that name the clouds. */
  readonly clouds: Readonly<Record<string, string>>;
}

/** Runs a program with Pulumi's mocks, and with the config and variables that the CLI would give it. */
export async function runMocked(
  place: MockedPlace,
  program: () => Promise<unknown>,
): Promise<MockedResource[]> {
  const { project, stack, organization, root, clouds } = place;
  const file = openStackFile(place.stackFile);
  const opened = await place.client.openDocument(file.environmentDefinition() ?? "{}");
  const registered: MockedResource[] = [];
  const restore = setProcessEnv({
    ...clouds,
    PULUMI_API: clouds.PULUMI_BACKEND_URL ?? "",
    PULUMI_NODEJS_ROOT_DIRECTORY: root,
    ...(await environmentVariables(opened, place.folder)),
  });
  try {
    await runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          registered.push({ type, name, inputs: Object(plain(inputs)) });
          return { id: `${name}-id`, state: stateOf(type, inputs) };
        },
        call: ({ inputs }) => inputs,
      },
      project,
      stack,
      false,
      organization,
    );
    runtime.setAllConfig(texts({ ...expectedConfig(file, project, [], {}), ...Object(opened.pulumiConfig) }));
    await runtime.runInPulumiStack(async () => {
      const outputs = await program();
      await refuseMissing();
      return outputs;
    });
    await runtime.disconnect(); // waits for what is still being registered
    return registered;
  } finally {
    restore();
  }
}

/** The engine fills in a stash's output; of all other resources the state is what the program gave. */
function stateOf(type: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return type === "pulumi:index:Stash" ? { ...inputs, output: inputs.input } : inputs;
}

/** Without the marks that secrets have on their way to the engine. */
function plain(value: unknown): unknown {
  if (runtime.isRpcSecret(value)) return plain(runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, plain(own)]));
}

/** As the engine passes config: what is no text as JSON. */
function texts(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
