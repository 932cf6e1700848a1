import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type Machine, openMachine, type Project } from "./machine.ts";
import { readPage } from "./page.ts";
import { NEWEST, OLDEST } from "./ranges.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readPage("monorepo.md");
const SECRETS = { API_KEY: "canary-of-a-monorepo-api", JOBS_KEY: "canary-of-a-monorepo-jobs" };

interface Manager {
  readonly name: string;
  readonly range: typeof OLDEST | typeof NEWEST;
  /** Its package of npm; npm itself is there. */
  readonly tool?: string;
  readonly install: string;
  readonly exec: string;
  readonly sibling: string;
  readonly files: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** In CI, pnpm and Yarn refuse to write a lock file, and to install a version that was published just now, unless these settings permit it. */
const YARN = { YARN_ENABLE_IMMUTABLE_INSTALLS: "false", YARN_NPM_MINIMAL_AGE_GATE: "0" };
/** pnpm 11 and newer fail where it is not decided whether a package's install script runs. None of these has to. */
const NO_BUILDS = { esbuild: false, protobufjs: false, workerd: false };
const MANAGERS: readonly Manager[] = [
  { name: "npm", range: OLDEST, install: "npm install --silent", exec: "npx", sibling: "*", files: {} },
  {
    name: "pnpm",
    range: NEWEST,
    tool: "pnpm@12.21.0",
    install: "pnpm install --no-frozen-lockfile",
    exec: "pnpm exec",
    sibling: "workspace:*",
    files: {
      "pnpm-workspace.yaml": {
        packages: ["workers/*", "infra"],
        minimumReleaseAge: 0,
        allowBuilds: NO_BUILDS,
      },
    },
  },
  {
    name: "yarn",
    range: NEWEST,
    tool: "@yarnpkg/cli-dist@4.18.1",
    install: "yarn install",
    exec: "yarn exec",
    sibling: "workspace:*",
    files: { ".yarnrc.yml": { nodeLinker: "node-modules" } },
    env: YARN,
  },
];

describe("a monorepo with three Workers and two stacks, from a registry", function () {
  this.timeout(300_000); // installs
  let machine: Machine;
  before(async () => {
    machine = await openMachine();
  });
  after(() => machine?.close());

  for (const manager of MANAGERS) {
    const sdks = manager.range === OLDEST ? "oldest" : "newest";
    describe(`by ${manager.name}, with the ${sdks} SDKs`, () => {
      let project: Project;
      let env: Readonly<Record<string, string>>;
      before(async () => {
        env = { ...manager.env, ...SECRETS };
        if (manager.tool !== undefined) {
          const tools = machine.project(`tools-${manager.name}`, { "package.json": {} });
          await tools.good(`npm install --silent ${manager.tool}`);
          const bin = join(tools.folder, "node_modules/.bin");
          mkdirSync(bin, { recursive: true });
          env = { ...env, PATH: `${bin}:${machine.path}` };
        }
        project = machine.project(`monorepo-${manager.name}`, workspaces(manager));
        await project.good(manager.install, env);
      });

      for (const [number, stack] of ["dev", "prod"].entries())
        it(`deploys ${stack} by the page's commands, and a second up changes nothing`, async () => {
          const text = await project.good(
            (PAGE.commands[number] ?? "").replaceAll("EXEC", manager.exec),
            env,
          );
          for (const name of ["api", "jobs", "web"])
            assert.match(text, new RegExp(`WorkersScript ${name}-${manager.name} created`));
          for (const secret of Object.values(SECRETS)) assert.ok(!text.includes(secret));
          await project.good(`cd infra; pulumi up --yes --stack ${stack} --expect-no-changes`, env);
        });

      it("runs the code of another workspace, and reaches the Worker beside it", async () => {
        const { url } = machine.sandbox.description.workers;
        const answer = await (await fetch(`${url}/web-${manager.name}-dev/`)).json();
        assert.deepEqual(answer, { shared: "shared", api: SECRETS.API_KEY.length });
      });

      if (manager.range === OLDEST)
        it("has every property and class that the program declares, and type-checks with the oldest TypeScript", async () => {
          const missing = typeFaults(join(project.folder, "node_modules"));
          assert.deepEqual(missing, []);
          const options = { strict: true, target: "es2022", module: "nodenext", noEmit: true, types: [] };
          project.write("infra/tsconfig.json", { compilerOptions: options, files: ["index.ts"] });
          await project.good("npx tsc -p infra");
        });

      if (manager.name === "yarn")
        it("refuses Plug'n'Play by name", async () => {
          project.write(".yarnrc.yml", "nodeLinker: pnp\n");
          await project.good(manager.install, env);
          const text = await project.refused("cd infra; yarn exec worker-secrets doctor", env);
          assert.match(text, /does not support Yarn Plug'n'Play/);
        });
    });
  }
});

/** The repository before the page's files, and those; a folder of its own in the account's names, since all share one account. */
function workspaces({ name, range, sibling, files }: Manager): Record<string, unknown> {
  const worker = (own: string, more: object = {}) => ({
    [`workers/${own}/package.json`]: {
      name: `@shop/${own}`,
      version: "0.0.0",
      private: true,
      type: "module",
    },
    [`workers/${own}/wrangler.jsonc`]: {
      name: `${own}-${name}`,
      main: "src/index.ts",
      compatibility_date: "2026-10-01",
      ...more,
    },
  });
  const versions: Readonly<Record<string, string>> = { ...range, "worker-secrets": "0.1.0" };
  const added = [...PAGE.files].map(([file, text]) => {
    const pinned = text.replaceAll(/"([^"]+)": "\*"/g, (_, one: string) => `"${one}": "${versions[one]}"`);
    return [file, pinned.replace("name: shop", `name: shop-${name}`)] as const;
  });
  return {
    "package.json": {
      name: "shop",
      private: true,
      workspaces: ["workers/*", "infra"],
      devDependencies: { typescript: range.typescript },
    },
    ...files,
    ...worker("api", { secrets: { required: ["API_KEY"] } }),
    "workers/api/src/index.ts":
      "export default { fetch: (_: Request, env: { API_KEY: string }) => Response.json(env.API_KEY.length) };\n",
    "workers/api/src/shared.ts": 'export const shared = "shared";\n',
    ...worker("jobs", { secrets: { required: ["JOBS_KEY"] }, triggers: { crons: ["0 3 * * *"] } }),
    "workers/jobs/src/index.ts": "export default { scheduled() {}, fetch: () => new Response() };\n",
    ...worker("web", { services: [{ binding: "API", service: `api-${name}` }] }),
    "workers/web/package.json": {
      name: "@shop/web",
      version: "0.0.0",
      private: true,
      type: "module",
      dependencies: { "@shop/api": sibling },
    },
    "workers/web/src/index.ts": `import { shared } from "@shop/api/src/shared.ts";
export default {
  async fetch(request: Request, env: { API: { fetch(request: Request): Promise<Response> } }): Promise<Response> {
    return Response.json({ shared, api: await (await env.API.fetch(request)).json() });
  },
};
`,
    ...Object.fromEntries(added),
  };
}

/** What our program declares and these SDKs have no property or class for: they would drop it without a word. */
function typeFaults(modules: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram([join(ROOT, "packages/worker-secrets/src/program/index.ts")], {
    ...options,
    paths: { "@pulumi/*": [join(modules, "@pulumi/*")] },
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
