import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { splitArguments } from "../../../packages/sandbox/src/language-host/options.ts";
import { pulumiClient } from "../../../packages/worker-secrets/src/api/pulumi.ts";
import { firstRegistration, type Program } from "../../../tests/helpers/first-registration.ts";
import { type Figure, pair, timed } from "../measure.ts";
import { type Project, ROOT, type World } from "../world.ts";

/** Node as it is by default: no compile cache, whatever this process was started with. */
const plainEnv = () => {
  const { NODE_COMPILE_CACHE: _, NODE_OPTIONS: __, ...env } = process.env;
  return env as Record<string, string>;
};

/** From the start of the program's process to its first resource, beside an import of the SDK and nothing else. */
export async function programLoad(world: World, project: Project, runs: number): Promise<Figure> {
  const program = await startable(world, project);
  const ours = async () => (await firstRegistration(program)).milliseconds;
  const bare = async () =>
    (await timed(process.execPath, ["-e", 'import("@pulumi/pulumi")'], { cwd: ROOT, env: plainEnv() }))
      .milliseconds;
  await ours();
  await bare();
  return pair(
    "programLoad",
    'import "@pulumi/pulumi" alone, as Node does it by default',
    runs,
    ours,
    bare,
    "one Worker with 2 secrets; start of the process to the first resource, the guards' remote reads included",
  );
}

/** A project's program as the engine would have it started, with the config that its Environment gives. */
export async function startable(world: World, project: Project): Promise<Program> {
  const { pulumi, cloudflare } = world.description;
  const client = pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
  const { pulumiConfig } = await client.openEnvironment(`${project.name}/${project.stack}`);
  const opened = Object.entries(pulumiConfig as Record<string, unknown>);
  const given = parse(readFileSync(join(project.folder, `Pulumi.${project.stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const config = [...opened, ...Object.entries(given.config)].map(
    ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  const { runtime } = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { nodeargs: string } };
  };
  return {
    organization: pulumi.organization,
    project: project.name,
    stack: project.stack,
    rootDirectory: project.folder,
    programDirectory: project.folder,
    entryPoint: ".",
    config: new Map(config),
    configSecretKeys: ["worker-secrets:secrets"],
    options: { typescript: false, production: false, nodeargs: splitArguments(runtime.options.nodeargs) },
    env: { ...world.env, CLOUDFLARE_API_TOKEN: cloudflare.token },
  };
}

/** Commands that change nothing, beside a program that declares nothing and is run in the default way. */
export async function noChange(project: Project, empty: Project, runs: number): Promise<Figure[]> {
  const of =
    (one: Project, ...args: string[]) =>
    async () =>
      (await one.pulumi(...args)).milliseconds;
  const reference = "a program that declares nothing, run the default way";
  const preview = ["preview", "--expect-no-changes"];
  const up = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
  const what = "one Worker with 2 secrets, the whole command";
  return [
    await pair("noChangePreview", reference, runs, of(project, ...preview), of(empty, ...preview), what),
    await pair(
      "noChangeUp",
      reference,
      runs,
      of(project, ...up),
      of(empty, ...up),
      `${what}, --skip-preview`,
    ),
  ];
}

/** What each command asks the two services, and how long the answers took. */
export interface CommandCalls {
  readonly command: string;
  readonly calls: readonly { readonly call: string; readonly count: number; readonly milliseconds: number }[];
}

export async function remoteCalls(world: World, project: Project): Promise<CommandCalls[]> {
  const commands = [
    ["preview"],
    ["up", "--yes", "--skip-preview"],
    ["refresh", "--yes", "--skip-preview"],
    ["destroy", "--yes", "--skip-preview"],
    ["up", "--yes", "--skip-preview"],
  ];
  const tables: CommandCalls[] = [];
  for (const [index, command] of commands.entries()) {
    await world.calls();
    await project.pulumi(...command);
    const seen = new Map<string, { count: number; milliseconds: number }>();
    for (const { method, path, milliseconds } of await world.calls()) {
      const call = `${method} ${general(path, world, project)}`;
      const so = seen.get(call) ?? { count: 0, milliseconds: 0 };
      seen.set(call, { count: so.count + 1, milliseconds: so.milliseconds + milliseconds });
    }
    const state = index < 2 ? ", nothing changed" : index === commands.length - 1 ? ", everything anew" : "";
    tables.push({
      command: `pulumi ${command[0]}${state}`,
      calls: [...seen].map(([call, numbers]) => ({ call, ...numbers })),
    });
  }
  return tables;
}

function general(path: string, { description }: World, { name, stack }: Project): string {
  return path
    .replaceAll(description.pulumi.organization, "ORG")
    .replaceAll(description.cloudflare.accountId, "ACCOUNT")
    .replace(/\/scripts\/[^/]+/, "/scripts/WORKER")
    .replaceAll(`/${name}/${stack}`, "/PROJECT/STACK")
    .replaceAll(`/${name}`, "/PROJECT")
    .replace(/[0-9a-f-]{32,36}/g, "ID");
}
