import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Sandbox, startSandbox } from "../../packages/sandbox/src/sandbox.ts";
import { tempFolder } from "../helpers/temp.ts";
import { openWorld, type World } from "../helpers/world.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { languages } from "./languages.ts";
import { libraries } from "./libraries.ts";
import { linkPackages } from "./packages.ts";
import { platform } from "./platform.ts";
import { type Project, writeProject } from "./project.ts";
import { sites } from "./sites.ts";

const exec = promisify(execFile);
const ALL = [...languages, ...libraries, ...platform, ...sites];
/** `PROJECTS=astro,stores` tries those alone. */
const CHOSEN = process.env.PROJECTS?.split(",");
const PROJECTS = ALL.filter(({ name }) => CHOSEN?.includes(name) ?? true);
const AT_ONCE = 2;

describe("a project is deployed by the stack as wrangler deploys it", function () {
  this.timeout(900_000);
  const folder = tempFolder();
  const byWrangler = new Map<string, Deployed>();
  const byStack = new Map<string, Deployed>();
  let account: Sandbox | undefined;
  let world: World | undefined;

  before(async () => {
    account = await startSandbox({ port: 0, dataFolder: join(folder, "data") });
    world = await openWorld();
    const root = join(world.folder, "same");
    await linkPackages(root);
    // The top of a checkout, which names in comments of the code are relative to.
    writeFileSync(join(root, "package-lock.json"), "{}");
    const stores = await storesIn(account);
    for (const project of PROJECTS) writeProject(root, withStores(project, stores));
    await each(
      PROJECTS.filter(({ build }) => build !== undefined),
      (project) => build(root, project),
    );
    // A binding names a script that has to be there.
    const { first, last } = inOrder(PROJECTS);
    for (const some of [first, last]) await each(some, (project) => deploy(root, project, account));
    for (const project of PROJECTS) byWrangler.set(project.name, await readDeployed(account, project));

    const others = await storesIn(world.sandbox);
    for (const project of PROJECTS)
      if (project.name === "stores") writeProject(root, withStores(project, others));
    const stack = await world.stack({
      project: "same",
      secrets: {},
      config: {
        workers: PROJECTS.map(({ name, folder: directory = name, file, environment }) => ({
          directory,
          scriptName: name,
          ...(file === undefined ? {} : { config: file }),
          ...(environment === undefined ? {} : { environment }),
        })),
      },
    });
    await stack.up();
    for (const project of PROJECTS) byStack.set(project.name, await readDeployed(world.sandbox, project));
  });
  after(async () => {
    await world?.close();
    await account?.close();
  });

  it(`with at least thirty projects, each in use (${PROJECTS.length})`, () => {
    assert.ok(ALL.length >= 30);
    for (const { name, answers } of PROJECTS) {
      const first = byWrangler.get(name)?.answers[0];
      assert.match(
        first?.body ?? "",
        typeof answers === "string" ? new RegExp(quoted(answers)) : answers,
        name,
      );
    }
  });

  for (const { name } of PROJECTS) {
    it(name, () => {
      const [theirs, ours] = [byWrangler.get(name), byStack.get(name)].map(withoutChance);
      const modules = name === "map-not-asked-for" ? withoutMaps(theirs) : theirs?.modules;
      assert.deepEqual(ours?.modules, modules);
      for (const part of ["settings", "api", "answers"] as const)
        assert.deepEqual(ours?.[part], theirs?.[part], part);
    });
  }
});

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** wrangler's temporary folder of one run has a random name, which its source maps hold. The stack's have no such name. */
function withoutChance(deployed: Deployed | undefined): Deployed | undefined {
  if (deployed === undefined) return undefined;
  const modules = Object.entries(deployed.modules).map(([name, { type, text }]) => [
    name,
    { type, text: name.endsWith(".map") ? text.replaceAll(/(\.wrangler\/tmp\/deploy)-\w{6}/g, "$1") : text },
  ]);
  return { ...deployed, modules: Object.fromEntries(modules) };
}

function withoutMaps(deployed: Deployed | undefined): Deployed["modules"] {
  const others = Object.entries(deployed?.modules ?? {}).filter(([name]) => !name.endsWith(".map"));
  return Object.fromEntries(
    others.map(([name, { type, text }]) => [
      name,
      { type, text: text.replace(/^\/\/# sourceMappingURL=.*\n/m, "") },
    ]),
  );
}

function each<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<unknown> {
  const waiting = [...all];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await run(one);
  };
  return Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Those that bind another's script come last; two of one folder never at once, as a person would run them. */
function inOrder(projects: readonly Project[]) {
  const later = new Set(["calling-service", "tailed", "second-of-folder"]);
  return {
    first: projects.filter(({ name }) => !later.has(name)),
    last: projects.filter(({ name }) => later.has(name)),
  };
}

async function build(root: string, { name, build: [tool = "", ...args] = [""] }: Project): Promise<void> {
  await exec(process.execPath, [join(root, "node_modules", tool), ...args], {
    cwd: join(root, name),
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: "1", WRANGLER_SEND_METRICS: "false" },
  });
}

async function deploy(
  root: string,
  { name, folder = name, file, environment = "" }: Project,
  account: Sandbox | undefined,
) {
  const config = file === undefined ? [] : ["--config", file];
  const redirected = name === "vite-react" || name === "react-router" || name === "astro";
  const args = ["deploy", ...config, ...(redirected ? [] : [`--env=${environment}`])];
  await exec(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: join(root, folder),
    env: { ...process.env, ...account?.description.env, HOME: root, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
}

interface Stores {
  readonly KV: string;
  readonly D1: string;
}

/** What bindings point to, since neither side makes it. */
async function storesIn({ description }: Sandbox): Promise<Stores> {
  const { url, token, accountId } = description.cloudflare;
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}/accounts/${accountId}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, path);
    return ((await answer.json()) as { result: { id: string; uuid: string } }).result;
  };
  await post("/r2/buckets", { name: "files" });
  await post("/queues", { queue_name: "jobs" });
  return {
    KV: (await post("/storage/kv/namespaces", { title: "kv" })).id,
    D1: (await post("/d1/database", { name: "db" })).uuid,
  };
}

function withStores(project: Project, stores: Stores): Project {
  if (project.name !== "stores") return project;
  const text = JSON.stringify(project.config).replace("$KV", stores.KV).replace("$D1", stores.D1);
  return { ...project, config: JSON.parse(text) as Project["config"] };
}
