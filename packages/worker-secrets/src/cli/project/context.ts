import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import type { Credential } from "../../api/credential.ts";
import { type PulumiClient, pulumiClient } from "../../api/pulumi.ts";
import { HOST_FIX, hostFault } from "../../api/worlds.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../faults.ts";
import { CONFIG_KEYS, NAMESPACE } from "../../program/config-keys.ts";
import { CLOUDFLARE, isLoopback } from "../../program/endpoints.ts";
import { readEnvironmentNames } from "../../program/environments-config.ts";
import type { EnvironmentNames } from "../../program/names.ts";
import { formerKeyFaults } from "./config-keys.ts";
import { type Login, readLogin } from "./login.ts";
import { projectFault } from "./project-fault.ts";
import { refuseRenamed } from "./renamed.ts";
import { selectedStack, type Workspace } from "./selected-stack.ts";
import { openStackFile, type StackFile } from "./stack-file.ts";

/** What every command works on: one stack of this project, and the clouds that it lives in. */
export interface Context {
  /** Folder of `Pulumi.yaml`. */
  readonly root: string;
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** What the stack was found by. */
  readonly chosenBy: "its name" | "PULUMI_STACK" | "pulumi stack select" | "its config file";
  readonly names: EnvironmentNames;
  /** `Pulumi.<stack>.yaml` in the project's `stackConfigDir`; it may not exist yet. */
  readonly stackFile: string;
  readonly client: PulumiClient;
  /** Pulumi Cloud's root address and the access token. */
  readonly pulumi: { readonly url: string; readonly token: Credential };
  /** Base of Cloudflare's API. */
  readonly cloudflareUrl: string;
  /** Both clouds are on this machine: the sandbox. */
  readonly local: boolean;
}

export interface ContextOptions {
  /** `stack`, or `organization/stack`. Default: `PULUMI_STACK`, the selected stack, or the only one with a config file. */
  readonly stack?: string | undefined;
  readonly root: string;
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds out which stack, organization and clouds a command works on, by the same variables and files that the Pulumi
 * CLI uses. Throws a `FaultsError` that says what to do when somebody is not logged in or no stack is named.
 */
export async function openContext({
  stack: named,
  root,
  env = process.env,
}: ContextOptions): Promise<Context> {
  const project = readProject(root);
  const login = readLogin(project.backend?.url, env);
  const pulumi = { url: login.url, token: login.token };
  const folder = join(root, project.stackConfigDir ?? "");
  const workspace = { root, project: project.name, backend: login.url };
  const chosen: Chosen =
    named === undefined ? await defaultStack(workspace, folder, env) : { name: named, by: "its name" };
  const [organizationNamed, stack] = splitName(chosen.name, project.name);
  const organization = organizationNamed ?? (await organizationOf(chosen, login));
  const cloudflareUrl = (env.CLOUDFLARE_BASE_URL || CLOUDFLARE).replace(/\/+$/, "");
  if (!/^https?:\/\//.test(cloudflareUrl) || !URL.canParse(cloudflareUrl)) {
    refuse({
      where: "CLOUDFLARE_BASE_URL",
      what: `'${cloudflareUrl.replace(/\/\/.*@/, "//…@")}' is not an http(s) URL, so Cloudflare's API can't be called`,
      fix: `Unset the variable for the real API (${CLOUDFLARE}), or take the sandbox's: npx worker-secrets sandbox prints it.`,
    });
  }
  const refused = hostFault(new URL(cloudflareUrl), env.WORKER_SECRETS_HOSTS);
  if (refused !== undefined)
    refuse({ where: "CLOUDFLARE_BASE_URL", what: `${refused}; nothing was sent there`, fix: HOST_FIX });
  const local = isLoopback(new URL(pulumi.url));
  if (local !== isLoopback(new URL(cloudflareUrl))) {
    refuse({
      where: local ? "CLOUDFLARE_BASE_URL" : "PULUMI_BACKEND_URL",
      what: "one of the two clouds is on this machine and the other is the real one; tokens of one world must not reach the other",
      fix: "Set both variables to the sandbox's addresses (npx worker-secrets sandbox prints them), or unset both.",
    });
  }
  const stackFile = join(folder, `Pulumi.${stack}.yaml`);
  refuseFormerKeys(root, project.name, stackFile);
  const context = {
    root,
    project: project.name,
    stack,
    organization,
    names: namesIn(openStackFile(stackFile), project.name, stack),
    chosenBy: chosen.by,
    stackFile,
    client: pulumiClient(pulumi.url, pulumi.token, organization),
    pulumi,
    cloudflareUrl,
    local,
  };
  await refuseRenamed(context);
  return context;
}

/** Of both files that the engine takes config from, before anything else is read of them. */
function refuseFormerKeys(root: string, project: string, stackFile: string): void {
  const files = [stackFile, join(root, "Pulumi.yaml")].map(openStackFile);
  refuseIfAny(files.flatMap((file) => formerKeyFaults(file, project)));
}

/** The names of a stack's Environments by its file. Throws a `FaultsError` for what is wrong with the key. */
export function namesIn(file: StackFile, project: string, stack: string): EnvironmentNames {
  const faults: Fault[] = [];
  const raw = file.config(NAMESPACE, CONFIG_KEYS.environments);
  const names = readEnvironmentNames({ project, stack, raw }, file.shownAs, faults);
  refuseIfAny(faults);
  return names;
}

const projectFile = v.object({
  name: v.string(),
  backend: v.optional(v.object({ url: v.optional(v.string()) })),
  /** Where the stacks' config files are; default: beside it. */
  stackConfigDir: v.optional(v.string()),
  /** The program's folder or file; default: the folder of `Pulumi.yaml`. */
  main: v.optional(v.string()),
});

/** The project's file: its name, and its own backend where it names one. */
export function readProject(root: string): v.InferOutput<typeof projectFile> {
  const file = join(root, "Pulumi.yaml");
  try {
    return v.parse(projectFile, parse(readFileSync(file, "utf8")));
  } catch (error) {
    return refuse(projectFault(file, error));
  }
}

/** A stack's name as it was given, and by what. */
interface Chosen {
  readonly name: string;
  readonly by: Context["chosenBy"];
}

/** The stack that `pulumi` would take; where it takes none, the only one with a config file. */
async function defaultStack(workspace: Workspace, folder: string, env: NodeJS.ProcessEnv): Promise<Chosen> {
  if (env.PULUMI_STACK) return { name: env.PULUMI_STACK, by: "PULUMI_STACK" };
  // Also an empty variable stands over the selection.
  const selected = env.PULUMI_STACK === undefined ? selectedStack(workspace, env) : undefined;
  if (selected !== undefined) return { name: selected, by: "pulumi stack select" };
  const files = await readdir(folder).catch(() => []);
  const stacks = files.flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? []);
  const [only] = stacks;
  if (only !== undefined && stacks.length === 1) return { name: only, by: "its config file" };
  return refuse({
    where: "the stack",
    what: `none is named, and there are ${stacks.length === 0 ? "no config files" : stacks.sort().join(", ")}`,
    fix: "Name one: --stack NAME",
  });
}

/**
 * The organization of a stack that is named without one. `pulumi` gives a selection without an organization to the user, which
 * is what CLIs meant that wrote it so (pkg/v3 `GetLegacyDefaultOrgFallback`); any other name to the default organization.
 */
function organizationOf({ by }: Chosen, { url, token, organization }: Login): Promise<string> | string {
  if (organization !== undefined) return organization;
  const client = pulumiClient(url, token, "");
  return by === "PULUMI_STACK" || by === "pulumi stack select" ? client.user() : client.defaultOrganization();
}

/** `stack`, `organization/stack` or `organization/project/stack`, which has to be of this project. */
function splitName(name: string, project: string): [organization: string | undefined, stack: string] {
  const parts = name.split("/");
  const stack = parts.at(-1) ?? "";
  const where = "the stack (--stack, PULUMI_STACK)";
  if (parts.length > 3 || !parts.every((part) => /^\w[\w.-]*$/.test(part))) {
    refuse({
      where,
      what: "what is given is no stack's name (letters, digits, '-', '_' and '.')",
      fix: "Write --stack NAME or --stack ORGANIZATION/NAME.",
    });
  }
  // Else a command for another project's stack, a teardown even, would act on the one of that name here.
  if (parts.length === 3 && parts[1] !== project) {
    refuse({
      where,
      what: `what is given is a stack of another project, and this folder is the project '${project}'`,
      fix: "Run the command in that project's folder (or with its --root), or name a stack of this one: --stack ORGANIZATION/NAME",
    });
  }
  return [parts.length > 1 ? parts[0] : undefined, stack];
}

function refuse(fault: Fault): never {
  throw new FaultsError([fault]);
}
