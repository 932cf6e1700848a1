import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import { proveWorker } from "../../packages/worker-secrets/src/cli/project/worker-proof.ts";
import { filesThatHold } from "../helpers/search-files.ts";
import { type CliProject, openCliProject, PROJECT_NAME } from "./pulumi-cli-project.ts";

const KV = "cloudflare:index/workersKvNamespace:WorkersKvNamespace";

interface PreviewJson {
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
  readonly changeSummary: Readonly<Record<string, number>>;
}

/** The project as it is checked out, by the bare CLI and the options in its own `Pulumi.yaml`, command by command. */
const PACK = "packages/worker-secrets/src/policy";

describe("clients: pulumi runs the project's own program", function () {
  this.timeout(180_000);
  let project: CliProject;
  before(async () => {
    project = await openCliProject({
      PROOF_KEY: `canary-${randomUUID()}`,
      TOP_SECRET: `canary-${randomUUID()} "quoted" $dollar\n`,
    });
    await project.good("stack", "init", "dev");
  });
  after(() => project?.close());

  it("pulumi preview: the whole stack, and whose language host it is", async () => {
    const text = await project.good("preview");
    assert.match(text, /Language host: the stand-in of worker-secrets/);
    assert.match(text, /\+ {2}cloudflare:index:WorkersScript worker-secrets-sample create/);
    assert.match(text, /= {2}pulumiservice:api\/esc:Environment environment import/);
    // The plugins are those that package.json's packages name, in their versions: nothing is missing or looked for.
    assert.doesNotMatch(text, /warning|error|download/i);
  });

  it("pulumi preview --policy-pack: the pack, by the language host", async () => {
    const passed = await project.good("preview", "--policy-pack", PACK);
    assert.match(passed, /✅ worker-secrets@v0\.1\.0 \(local: packages\/worker-secrets\/src\/policy\)/);
    const config = join(project.place.cwd, "levels.json");
    // Of all policies only this one, and the sample's own variable in its way.
    writeFileSync(config, JSON.stringify({ all: "disabled", "secret-names-are-secrets": "mandatory" }));
    const wrangler = join(project.place.cwd, "worker/wrangler.jsonc");
    const text = readFileSync(wrangler, "utf8");
    writeFileSync(wrangler, text.replace('"vars": {', '"vars": { "DB_PASSWORD": "hunter",'));
    const args = ["preview", "--policy-pack", PACK, "--policy-pack-config", config];
    const refused = await project.pulumi(args);
    writeFileSync(wrangler, text);
    assert.notEqual(refused.code, 0);
    assert.match(refused.text, /secret-names-are-secrets[\s\S]*The binding DB_PASSWORD/);
  });

  it("pulumi preview --json: one object on stdout", async () => {
    const { changeSummary } = JSON.parse(await project.good("preview", "--json")) as PreviewJson;
    assert.deepEqual(changeSummary, { create: 10, import: 1, update: 1 });
  });

  it("pulumi up --yes, and the Worker holds what ESC has", async () => {
    assert.equal(Object.keys(project.place.env).includes("CLOUDFLARE_API_TOKEN"), false);
    const text = await project.good("up", "--yes", "--skip-preview");
    assert.match(text, /\+ 10 created/);
    const { workers: deployed } = JSON.parse(await project.good("stack", "output", "--json")) as {
      readonly workers: Readonly<Record<string, { readonly url: string; readonly scriptName: string }>>;
    };
    const { url = "", scriptName = "" } = deployed["worker-secrets-sample"] ?? {};
    assert.match(url, /^https:\/\/worker-secrets-sample-dev\./);
    const proven: string[] = [];
    const { workers } = project.sandbox.description;
    await proveWorker(workers.url, scriptName, project.secrets.PROOF_KEY ?? "", (line) => proven.push(line));
    assert.notEqual(proven.length, 0);
  });

  it("pulumi up --expect-no-changes", async () => {
    assert.match(await project.good("up", "--yes", "--expect-no-changes"), /11 unchanged/);
  });

  it("pulumi refresh, without the program and with it", async () => {
    assert.match(await project.good("refresh", "--yes", "--expect-no-changes"), /11 unchanged/);
    const text = await project.good("refresh", "--yes", "--run-program", "--skip-preview");
    assert.match(text, /Language host: the stand-in/);
    assert.match(text, /11 unchanged/);
  });

  it("pulumi about --json: Node as the program gets it, what is installed, and that the host is a stand-in", async () => {
    const about = JSON.parse(await project.good("about", "--json")) as {
      readonly runtime: Readonly<Record<string, string>>;
      readonly plugins: readonly { readonly name: string; readonly kind: string; readonly version: string }[];
      readonly dependencies: readonly { readonly name: string; readonly version: string }[];
      readonly errors: readonly string[];
    };
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(project.place.cwd, "package.json"), "utf8"),
    ) as Record<"dependencies" | "devDependencies", Record<string, string>>;
    assert.equal(about.runtime.version, process.version);
    assert.equal(about.runtime.typescriptVersion, devDependencies.typescript);
    assert.deepEqual(Object.fromEntries(about.dependencies.map(({ name, version }) => [name, version])), {
      ...dependencies,
      ...devDependencies,
    });
    assert.match(about.plugins.find(({ kind }) => kind === "language")?.version ?? "", /-stand-in$/);
    assert.deepEqual(about.errors, []);
  });

  /** A namespace that no program made, as the id that an import takes. */
  const madeElsewhere = async (): Promise<string> => {
    const { url, accountId, token } = project.sandbox.description.cloudflare;
    const made = await fetch(`${url}/accounts/${accountId}/storage/kv/namespaces`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ title: randomUUID() }),
    });
    return `${accountId}/${((await made.json()) as { result: { id: string } }).result.id}`;
  };

  it("pulumi import --generate-code=false: the next preview would delete what no program declares", async () => {
    const args = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
    assert.match(await project.good("import", KV, "found", await madeElsewhere(), ...args), /= 1 imported/);
    const { steps } = JSON.parse(await project.good("preview", "--json")) as PreviewJson;
    assert.deepEqual(
      steps.filter(({ op }) => op !== "same").map(({ op, urn }) => [op, urn]),
      [["delete", `urn:pulumi:dev::${PROJECT_NAME}::${KV}::found`]],
    );
    await project.good("state", "delete", `urn:pulumi:dev::${PROJECT_NAME}::${KV}::found`, "--yes");
  });

  it("pulumi import with code: the state has it, and the schema that is missing is named", async () => {
    const args = ["--yes", "--skip-preview", "--protect=false"];
    const { code, text } = await project.pulumi(["import", KV, "again", await madeElsewhere(), ...args]);
    assert.notEqual(code, 0);
    assert.match(text, /= 1 imported/);
    assert.match(text, /schema of cloudflare is not in the stand-in/);
    await project.good("state", "delete", `urn:pulumi:dev::${PROJECT_NAME}::${KV}::again`, "--yes");
  });

  it("no secret is in the state, the checkout, the CLI's home or the sandbox's data in clear", async () => {
    const state = JSON.stringify(await project.client.exportStack(PROJECT_NAME, "dev"));
    const { cwd } = project.place;
    const places = readdirSync(dirname(cwd), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== basename(cwd))
      .map(({ name }) => join(dirname(cwd), name))
      .concat(["packages", "worker"].map((name) => join(cwd, name)));
    for (const secret of [...Object.values(project.secrets), project.deployToken]) {
      assert.equal(state.includes(JSON.stringify(secret).slice(1, -1)), false);
      for (const place of places) assert.deepEqual(filesThatHold(place, secret), []);
      for (const file of readdirSync(cwd, { withFileTypes: true }).filter((entry) => entry.isFile()))
        assert.equal(readFileSync(join(cwd, file.name), "utf8").includes(secret), false, file.name);
    }
  });

  it("pulumi up --replace and pulumi destroy: refused for a Worker with 'protect: true', and nothing is deleted", async () => {
    const script = `urn:pulumi:dev::${PROJECT_NAME}::worker-secrets:index:SecretWorker$cloudflare:index/workersScript:WorkersScript::worker-secrets-sample`;
    await project.good("config", "set", "--path", "workers[0].directory", "worker");
    await project.good("config", "set", "--path", "workers[0].protect", "true");
    await project.good("up", "--yes", "--skip-preview");
    const before = await project.client.exportStack(PROJECT_NAME, "dev");
    for (const args of [
      ["up", "--yes", "--skip-preview", "--replace", script],
      ["destroy", "--yes", "--skip-preview"],
    ]) {
      const { code, text } = await project.pulumi(args);
      assert.notEqual(code, 0, text);
      assert.match(text, /worker-secrets-sample[\s\S]*protect/);
      const after = await project.client.exportStack(PROJECT_NAME, "dev");
      assert.deepEqual(urnsOf(after), urnsOf(before));
    }
    await project.good("config", "set", "--path", "workers[0].allowRemoval", "true");
    await project.good("up", "--yes", "--skip-preview");
    await project.good("config", "rm", "workers");
  });

  it("pulumi destroy --yes, and again up: the Environments were kept", async () => {
    assert.match(await project.good("destroy", "--yes"), /- 11 deleted/);
    assert.match(await project.good("up", "--yes", "--skip-preview"), /\+ 10 created/);
    await project.good("destroy", "--yes", "--skip-preview");
  });
});

function urnsOf(deployment: unknown): string[] {
  return (deployment as { resources: { urn: string }[] }).resources.map(({ urn }) => urn).sort();
}
