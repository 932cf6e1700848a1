import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { type PulumiClient, pulumiClient } from "../../api/pulumi.ts";
import { worldFault } from "../../api/worlds.ts";
import { CLOUDFLARE, isLoopback, PULUMI_CLOUD } from "../../program/endpoints.ts";
import { type Fault, FaultsError } from "../../program/faults.ts";
import { type EnvironmentNames, environmentNames } from "../../program/names.ts";
import { projectFault } from "./project-fault.ts";
import { refuseRenamed } from "./renamed.ts";
import { selectedStack } from "./selected-stack.ts";

/** What every command works on: one stack of this project, and the clouds that it lives in. */
export interface Context {
  /** Folder of `Pulumi.yaml`. */
  readonly root: string;
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly names: EnvironmentNames;
  /** `Pulumi.<stack>.yaml`, which may not be there yet. */
  readonly stackFile: string;
  readonly client: PulumiClient;
  /** Pulumi Cloud's root address and the access token; the token is secret. */
  readonly pulumi: { readonly url: string; readonly token: string };
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
  const pulumi = readLogin(root, env);
  const [organizationNamed, stack] = splitName(
    named ?? (await defaultStack(root, project.name, env)),
    project.name,
  );
  const organization =
    organizationNamed ?? (await pulumiClient(pulumi.url, pulumi.token, "").defaultOrganization());
  const cloudflareUrl = (env.CLOUDFLARE_BASE_URL || CLOUDFLARE).replace(/\/+$/, "");
  if (!/^https?:\/\//.test(cloudflareUrl) || !URL.canParse(cloudflareUrl)) {
    refuse({
      where: "CLOUDFLARE_BASE_URL",
      what: `'${cloudflareUrl.replace(/\/\/.*@/, "//…@")}' is not an http(s) URL, so Cloudflare's API can't be called`,
      fix: `Unset the variable for the real API (${CLOUDFLARE}), or take the sandbox's: npm run sandbox prints it.`,
    });
  }
  const local = isLoopback(new URL(pulumi.url));
  if (local !== isLoopback(new URL(cloudflareUrl))) {
    refuse({
      where: local ? "CLOUDFLARE_BASE_URL" : "PULUMI_BACKEND_URL",
      what: "one of the two clouds is on this machine and the other is the real one; tokens of one world must not reach the other",
      fix: "Set both variables to the sandbox's addresses (npm run sandbox prints them), or unset both.",
    });
  }
  const context = {
    root,
    project: project.name,
    stack,
    organization,
    names: environmentNames(project.name, stack),
    stackFile: join(root, `Pulumi.${stack}.yaml`),
    client: pulumiClient(pulumi.url, pulumi.token, organization),
    pulumi,
    cloudflareUrl,
    local,
  };
  await refuseRenamed(context);
  return context;
}

const projectFile = v.object({
  name: v.string(),
  backend: v.optional(v.object({ url: v.optional(v.string()) })),
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

const credentialsFile = v.object({
  current: v.optional(v.string()),
  accessTokens: v.optional(v.record(v.string(), v.string()), {}),
});

/** Where the Pulumi CLI is logged in: the variables first, then the project's file, then `pulumi login`'s own file. */
function readLogin(root: string, env: NodeJS.ProcessEnv): { url: string; token: string } {
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const file = join(env.PULUMI_CREDENTIALS_PATH || home, "credentials.json");
  const stored = existsSync(file) ? v.safeParse(credentialsFile, readJson(file)) : undefined;
  const credentials = stored?.success ? stored.output : { accessTokens: {} as Record<string, string> };
  const current = "current" in credentials ? credentials.current : undefined;
  const url =
    env.PULUMI_BACKEND_URL || readProject(root).backend?.url || current || env.PULUMI_API || PULUMI_CLOUD;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    refuse({
      where: "the state backend",
      // Somebody may have written a password into it.
      what: `'${url.replace(/\/\/.*@/, "//…@")}' is no address of a Pulumi Cloud: it keeps state outside Pulumi Cloud, and ESC needs Pulumi Cloud`,
      fix: "Run: pulumi login (or pulumi login https://your.pulumi.cloud for a self-hosted one)",
    });
  }
  const token = env.PULUMI_ACCESS_TOKEN || credentials.accessTokens[url];
  if (token === undefined || token === "") {
    return refuse({
      where: url,
      what: "nobody is logged in there",
      fix: "Run: pulumi login, or set PULUMI_ACCESS_TOKEN",
    });
  }
  const otherWorld = worldFault(token, url);
  if (otherWorld !== undefined) {
    refuse({
      where: env.PULUMI_ACCESS_TOKEN ? "PULUMI_ACCESS_TOKEN" : `the login of ${url}`,
      what: otherWorld,
      fix: "Set the variables of one world (npm run sandbox prints the sandbox's), or unset them all.",
    });
  }
  return { url: url.replace(/\/+$/, ""), token };
}

async function defaultStack(root: string, project: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (env.PULUMI_STACK) return env.PULUMI_STACK;
  const selected = selectedStack(root, project, env);
  if (selected !== undefined) return selected;
  const stacks = (await readdir(root)).flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? []);
  const [only] = stacks;
  if (only !== undefined && stacks.length === 1) return only;
  return refuse({
    where: "the stack",
    what: `none is named, and there are ${stacks.length === 0 ? "no config files" : stacks.sort().join(", ")}`,
    fix: "Name one: --stack NAME",
  });
}

/** `stack`, `organization/stack` or `organization/project/stack`, which has to be of this project. */
function splitName(name: string, project: string): [organization: string | undefined, stack: string] {
  const parts = name.split("/");
  const stack = parts.at(-1) ?? "";
  const where = "the stack (--stack, PULUMI_STACK)";
  if (parts.length > 3 || !parts.every((part) => /^\w[\w.-]*$/.test(part))) {
    refuse({
      where,
      what: `'${name}' is no stack's name (letters, digits, '-', '_' and '.')`,
      fix: "Write --stack NAME or --stack ORGANIZATION/NAME.",
    });
  }
  // Else a command for another project's stack, a teardown even, would act on the one of that name here.
  if (parts.length === 3 && parts[1] !== project) {
    refuse({
      where,
      what: `'${name}' is a stack of the project '${parts[1]}', and this folder is the project '${project}'`,
      fix: `Run the command in that project's folder (or with its --root), or name a stack of this one: --stack ${parts[0]}/${stack}`,
    });
  }
  return [parts.length > 1 ? parts[0] : undefined, stack];
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function refuse(fault: Fault): never {
  throw new FaultsError([fault]);
}
