import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertContract, onExchange } from "../../../../tests/contract/witness.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/src/sandbox.ts";
import { goodCli, jsonCli } from "../../../sandbox/tests/pulumi-cli-harness.ts";
import { openContext } from "../../src/cli/project/context.ts";
import { selectIfNone } from "../../src/cli/project/selected-stack.ts";
import { lines, openProject, succeeded, type WsProject } from "./ws-project.ts";

type Env = Readonly<Record<string, string>>;

describe("the selected stack, beside the real CLI", function () {
  this.timeout(240_000);
  const folder = tempFolder();
  const root = join(folder, "project");
  const env: Env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  let [one, two]: Sandbox[] = [];
  before(async () => {
    mkdirSync(root);
    writeFileSync(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    for (const stack of ["dev", "staging"]) writeFileSync(join(root, `Pulumi.${stack}.yaml`), "config: {}\n");
    mkdirSync(join(folder, "state"));
    one = await startSandbox({ port: 0, dataFolder: join(folder, "one"), onExchange });
    two = await startSandbox({ port: 0, dataFolder: join(folder, "two"), onExchange });
  });
  after(async () => {
    await one?.close();
    await two?.close();
    assertContract();
  });

  const pulumi = (args: readonly string[], more: Env = {}) =>
    goodCli({ cwd: root, env: { ...env, ...more } }, [...args, "--non-interactive"]);
  const login = async (sandbox: Sandbox | undefined) => {
    const { url, token } = Object(sandbox?.description.pulumi);
    await pulumi(["login", url], { PULUMI_ACCESS_TOKEN: token });
  };
  /** The stack that `pulumi` takes; `undefined` where it takes none. */
  const taken = async (more: Env = {}, cwd = root): Promise<string | undefined> => {
    const stacks = await jsonCli<{ name: string; current: boolean }[]>({ cwd, env: { ...env, ...more } }, [
      "stack",
      "ls",
      "--json",
    ]);
    return stacks
      .find(({ current }) => current)
      ?.name.split("/")
      .at(-1);
  };
  const ours = async (more: Env = {}) => {
    const cloudflare = { CLOUDFLARE_BASE_URL: one?.description.cloudflare.url ?? "" };
    return openContext({ root, env: { ...env, ...cloudflare, ...more } });
  };
  const same = async (expected: string, more: Env = {}) => {
    assert.equal(await taken(more), expected);
    assert.equal((await ours(more)).stack, expected);
  };
  const neither = async () => {
    assert.equal(await taken(), undefined);
    await assert.rejects(ours(), /the stack: none is named/);
  };
  const note = (): { stack?: string; stacks?: Record<string, string> } => {
    const [file = "", ...others] = readdirSync(join(folder, "home", "workspaces"));
    assert.deepEqual(others, []);
    return JSON.parse(readFileSync(join(folder, "home", "workspaces", file), "utf8"));
  };

  it("is the one of 'stack init' and 'stack select', for each backend alone", async () => {
    await login(one);
    await neither();
    await pulumi(["stack", "init", "dev"]);
    await same("dev");
    await pulumi(["stack", "init", "staging"]);
    await same("staging");
    await pulumi(["stack", "select", "dev"]);
    await same("dev");
    await pulumi(["stack", "select", "staging"]);
    await login(two);
    await neither();
    await pulumi(["stack", "init", "prod"]);
    await same("prod");
    await login(one);
    await same("staging");
  });

  it("is not taken from a file backend, nor lost by one", async () => {
    await pulumi(["login", `file://${join(folder, "state")}`]);
    await pulumi(["stack", "init", "local"]);
    assert.equal(await taken(), "local");
    await assert.rejects(ours(), /it keeps state outside Pulumi Cloud/);
    await login(one);
    await same("staging");
    assert.equal(Object.keys(note().stacks ?? {}).length, 3);
  });

  it("follows PULUMI_STACK, PULUMI_BACKEND_URL and the project's own backend", async () => {
    const { organization = "" } = one?.description.pulumi ?? {};
    await same("dev", { PULUMI_STACK: `${organization}/dev` });
    // A name alone is one of the user's own stacks, as in notes of older CLIs.
    assert.equal(await taken({ PULUMI_STACK: "dev" }), undefined);
    assert.notEqual((await ours({ PULUMI_STACK: "dev" })).organization, organization);
    const { url = "", token = "" } = two?.description.pulumi ?? {};
    await same("prod", { PULUMI_BACKEND_URL: url, PULUMI_ACCESS_TOKEN: token });
    // The CLI takes a slash off the address.
    await same("prod", { PULUMI_BACKEND_URL: `${url}/` });
    const file = join(root, "Pulumi.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, `${text}backend:\n  url: ${url}\n`);
    await same("prod");
    writeFileSync(file, text);
    await same("staging");
  });

  it("is taken by its path as the shell spells it", async () => {
    const link = join(folder, "link");
    symlinkSync(root, link);
    const spelled = { PWD: link };
    assert.equal(await taken(spelled, link), undefined);
    await goodCli({ cwd: link, env: { ...env, ...spelled } }, ["stack", "select", "dev"]);
    assert.equal(await taken(spelled, link), "dev");
    await same("staging");
    const before = process.cwd();
    process.chdir(link);
    try {
      assert.equal((await ours(spelled)).stack, "dev");
      assert.equal((await ours()).stack, "staging");
    } finally {
      process.chdir(before);
    }
    await goodCli({ cwd: link, env: { ...env, ...spelled } }, ["stack", "unselect"]);
  });

  it("is none after 'stack unselect' and after 'logout', and the other backend's stays", async () => {
    await pulumi(["stack", "unselect"]);
    await neither();
    await login(two);
    await same("prod");
    await pulumi(["logout"]);
    await assert.rejects(ours(), /https:\/\/api\.pulumi\.com: nobody is logged in there/);
    await login(one);
    await neither();
  });

  it("is written as the CLI does, beside the other backends' and whatever else the note has", async () => {
    const { stack: _, ...context } = await ours({
      PULUMI_STACK: `${one?.description.pulumi.organization}/dev`,
    });
    const workspace = { ...context, backend: context.pulumi.url };
    const before = note().stacks;
    assert.equal(await selectIfNone({ ...workspace, stack: "dev" }, { ...env, PULUMI_STACK: "dev" }), false);
    assert.deepEqual(note().stacks, before);
    assert.equal(await selectIfNone({ ...workspace, stack: "dev" }, env), true);
    await same("dev");
    assert.deepEqual(note().stacks, { ...before, [workspace.backend]: `${context.organization}/shop/dev` });
    assert.equal(await selectIfNone({ ...workspace, stack: "staging" }, env), false);
    await same("dev");
  });

  it("is an older CLI's where this backend has none of its own", async () => {
    const { organization } = await ours();
    const home = join(folder, "home", "workspaces");
    const file = join(home, readdirSync(home)[0] ?? "");
    const { stacks = {} } = note();
    const legacy = `${organization}/shop/staging`;
    writeFileSync(file, JSON.stringify({ stack: legacy, stacks }));
    await same("dev");
    writeFileSync(file, JSON.stringify({ stack: legacy }));
    await same("staging");
    const { url = "" } = one?.description.pulumi ?? {};
    const { [url]: __, ...others } = stacks;
    writeFileSync(file, JSON.stringify({ stack: legacy, stacks: others }));
    await same("staging");
    writeFileSync(file, "{");
    await assert.rejects(ours(), /note of the selected stack can't be read[\s\S]*pulumi stack select STACK/);
  });

  it("is in the organization that the CLI takes for a name alone", async () => {
    const organization = async (more: Env, stack?: string) =>
      (
        await openContext({
          root,
          ...(stack === undefined ? {} : { stack }),
          env: { ...env, CLOUDFLARE_BASE_URL: one?.description.cloudflare.url ?? "", ...more },
        })
      ).organization;
    const named = { PULUMI_DEFAULT_ORGANIZATION: "acme" };
    assert.equal(await organization(named, "dev"), "acme");
    assert.equal(await organization({ ...named, PULUMI_STACK: "dev" }), "acme");
    assert.equal(await organization(named, "other/dev"), "other");
    const { url = "" } = one?.description.pulumi ?? {};
    writeFileSync(
      join(folder, "home", "config.json"),
      JSON.stringify({ backends: { [url]: { defaultOrg: "umbrella" } } }),
    );
    assert.equal(await organization({}, "dev"), "umbrella");
    assert.equal(await organization(named, "dev"), "acme");
  });
});

describe("every command without --stack", function () {
  this.timeout(240_000);
  let project: WsProject;
  before(async () => {
    project = await openProject("shop");
    mkdirSync(join(project.root, "worker"));
    project.write("worker/index.js", "export default { fetch: () => new Response('ok') };\n");
    project.write(
      "worker/wrangler.json",
      JSON.stringify({
        name: "shop",
        main: "index.js",
        compatibility_date: "2026-01-01",
        secrets: { required: ["TOP_SECRET"] },
      }),
    );
    project.write(".gitignore", ".dev.vars*\n");
    const input = lines({ TOP_SECRET: "canary-selected-stack-0001", ...project.account });
    for (const stack of ["dev", "staging"])
      succeeded(await project.ws(["init", stack, "--values", "-"], { input }));
    const { url, token } = project.sandbox.description.pulumi;
    await upload();
    await goodCli(
      {
        cwd: project.root,
        env: {
          PATH: process.env.PATH ?? "",
          PULUMI_HOME: join(project.folder, "home"),
          PULUMI_BACKEND_URL: url,
          PULUMI_ACCESS_TOKEN: token,
        },
      },
      ["stack", "select", "staging"],
    );
  });
  after(async () => {
    await project?.close();
  });

  /** A Worker that `adopt` finds. */
  const upload = async () => {
    const { url: base, accountId, token: bearer } = project.sandbox.description.cloudflare;
    const form = new FormData();
    const code = "export default { fetch: () => new Response('ok') };";
    form.set(
      "metadata",
      JSON.stringify({
        main_module: "index.js",
        compatibility_date: "2026-01-01",
        bindings: [{ type: "secret_text", name: "TOP_SECRET", text: "canary-selected-stack-0001" }],
      }),
    );
    form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
    const answer = await fetch(`${base}/accounts/${accountId}/workers/scripts/shop`, {
      method: "PUT",
      headers: { authorization: `Bearer ${bearer}` },
      body: form,
    });
    assert.equal(answer.status, 200, await answer.text());
  };

  /** Each command that finds its stack, and where it shows which one it is. */
  const COMMANDS: readonly (readonly [args: readonly string[], shows: RegExp])[] = [
    [["init", "--dry-run"], /shop\/staging/],
    [["adopt", "shop", "--no-preview"], /^Stack .*\/shop\/staging at |Pulumi\.staging\.yaml/m],
    [["dev", "--write"], /^Stack .*\/shop\/staging at .*, by pulumi stack select$/m],
    [["doctor"], /Pulumi\.staging\.yaml imports shop\/staging/],
    [["drift"], /staging/],
    [["promote", "dev", "staging", "--no-up"], /staging/],
    [["rollback"], /Reading the history of staging/],
    [["rotate", "TOP_SECRET", "--generate", "--no-up"], /^Stack .*\/shop\/staging at /m],
    [["rotate", "--token", "--value", "-"], /^Stack .*\/shop\/staging at /m],
    [["teardown"], /^Stack .*\/shop\/staging at .*[\s\S]*Write --yes staging/m],
  ];
  for (const [args, shows] of COMMANDS) {
    it(`acts on the selected one and leaves the selection as it is: ws ${args.join(" ")}`, async () => {
      const workspaces = join(project.folder, "home", "workspaces");
      const state = () =>
        readdirSync(workspaces).map((name) => [name, readFileSync(join(workspaces, name), "utf8")]);
      const before = state();
      // Of a token's form, and no token of the sandbox's: it is refused once the stack is known.
      const { stdout, stderr } = await project.ws(args, { input: `${"x".repeat(40)}\n` });
      assert.match(stderr + stdout, shows);
      if (args[0] !== "promote") assert.doesNotMatch(stderr + stdout, /shop\/dev\b|Pulumi\.dev\.yaml/);
      assert.deepEqual(state(), before);
    });
  }
});
