import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import { CANARY, failed, lines, openProject, succeeded, type WsProject } from "./ws-project.ts";

const PEM = `${CANARY}-----BEGIN KEY-----\nab\tc="d" 'e' \\n $HOME $$ $$$\${z} #x \${environmentVariables.Y}\n-----END-----\n`;

describe("ws init", () => {
  let project: WsProject;
  before(async () => {
    project = await openProject("shop");
    workerFolder(project.root, "worker", GOOD);
  });
  after(() => project?.close());

  const values = (environment: string) => project.client.openEnvironment(environment);
  const all = () => lines({ ...project.account, API_KEY: `${CANARY}a=b"c"`, TOP_SECRET: `${CANARY}top` });
  const environments = async () =>
    Promise.all(["", "-cloudflare", "-secrets"].map((end) => project.client.environment(`shop/dev${end}`)));

  it("says what it would do, and does nothing", async () => {
    const { stdout } = await project.ws(["init", "dev", "--values", "-", "--dry-run"], { input: all() });
    assert.match(stdout, /shop\/dev-secrets: would be created, would store API_KEY, TOP_SECRET/);
    assert.deepEqual(await environments(), [undefined, undefined, undefined]);
    assert.ok(!project.files().includes("Pulumi.dev.yaml"));
  });

  it("tells everything that is wrong at once, and stores nothing", async () => {
    const text = failed(
      await project.ws(["init", "dev", "--values", "-", "--generate", "OTHER"], {
        input: `CLOUDFLARE_ACCOUNT_ID=nope\nAPI_KEY=\nTYPO=${CANARY}x\n${CANARY}no-equals-sign\nTOP_SECRET=${CANARY}${"x".repeat(6000)}\n`,
      }),
    );
    for (const part of [
      /an account id has 32/,
      /'API_KEY' is empty/,
      /standard input, line 3: its name is declared by no Worker of the stack \(it is not shown/,
      /standard input, line 4: that is no NAME=VALUE/,
      /'TOP_SECRET' has 60\d\d bytes/,
      /--generate: 'OTHER'/,
      /'CLOUDFLARE_API_TOKEN' has no value/,
    ])
      assert.match(text, part);
    assert.deepEqual(await environments(), [undefined, undefined, undefined]);
  });

  it("refuses a bad token before anything is stored", async () => {
    const { CLOUDFLARE_ACCOUNT_ID } = project.account;
    const given = { API_KEY: `${CANARY}1`, TOP_SECRET: `${CANARY}2` };
    const withToken = async (CLOUDFLARE_API_TOKEN: string) => {
      const input = lines({ ...given, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN });
      return failed(await project.ws(["init", "dev", "--values", "-"], { input }));
    };
    assert.match(await withToken("sandbox-".padEnd(44, "x")), /does not know it/);
    // One that a real account may have given out is not even tried here.
    assert.match(
      await withToken(`cfut_${CANARY.padEnd(48, "x")}`),
      /form of a real token, .* is on this machine/,
    );
    const other = lines({ ...given, ...project.account, CLOUDFLARE_ACCOUNT_ID: "0".repeat(32) });
    assert.match(
      failed(await project.ws(["init", "dev", "--values", "-"], { input: other })),
      /can't read this account's Workers/,
    );
    assert.deepEqual(await environments(), [undefined, undefined, undefined]);
    assert.ok(!project.files().includes("Pulumi.dev.yaml"));
  });

  it("creates the three Environments, the stack and the import, byte for byte", async () => {
    const input = JSON.stringify({ ...project.account, API_KEY: `${CANARY}a`, TOP_SECRET: PEM });
    const out = succeeded(await project.ws(["init", "dev", "--values", "-", "--json"], { input }));
    const report = JSON.parse(out) as { ok: boolean; stack: object; next: string };
    assert.equal(report.ok, true);
    assert.deepEqual(report.stack, {
      name: `${project.sandbox.description.pulumi.organization}/shop/dev`,
      created: true,
    });
    assert.match(report.next, /pulumi preview --stack dev/);
    assert.deepEqual(await values("shop/dev-secrets"), {
      environmentVariables: { API_KEY: `${CANARY}a`, TOP_SECRET: PEM },
    });
    assert.deepEqual((await values("shop/dev")).environmentVariables, project.account);
    assert.equal(project.read("Pulumi.dev.yaml"), "environment:\n  - shop/dev\n");
    const stored = await project.client.environment("shop/dev-secrets");
    assert.ok(stored?.yaml.includes("ciphertext") && !stored.yaml.includes(CANARY));
    assert.deepEqual(
      project.files().filter((name) => name.startsWith(".") || name.includes("tmp")),
      [],
    );
  });

  it("selects the stack where none is selected, so that no later command has to name it", async () => {
    project.write("Pulumi.prod.yaml", "config:\n  worker-secrets:prod: true\n");
    const { stdout } = await project.ws(["doctor", "--json"]);
    const { checks } = JSON.parse(stdout) as { checks: { check: string; detail: string }[] };
    assert.ok(
      checks.some(({ detail }) => detail === "Pulumi.dev.yaml imports shop/dev"),
      stdout,
    );
    rmSync(join(project.root, "Pulumi.prod.yaml"));
  });

  it("is safe to repeat, keeps stored values, and asks for nothing", async () => {
    const before = await environments();
    const again = await project.ws(["init", "dev"]);
    assert.match(succeeded(again), /shop\/dev-secrets: there already, nothing missing/);
    assert.doesNotMatch(again.stderr, /Writing/, "nothing was to be written");
    const input = lines({ API_KEY: `${CANARY}other`, ...project.account });
    const note =
      "API_KEY: another value than the stored one was given (standard input) and not taken; take it by --replace API_KEY";
    const kept = succeeded(await project.ws(["init", "dev", "--values", "-"], { input }));
    assert.deepEqual(kept.match(/^Note: .*$/gm), [`Note: ${note}`]);
    const told = succeeded(await project.ws(["init", "dev", "--values", "-", "--json"], { input }));
    assert.deepEqual(JSON.parse(told).notes, [note]);
    assert.deepEqual(await environments(), before);
    succeeded(
      await project.ws(["init", "dev", "--values", "-", "--replace", "API_KEY"], {
        input: lines({ API_KEY: `${CANARY}other` }),
      }),
    );
    assert.deepEqual((await values("shop/dev-secrets")).environmentVariables, {
      API_KEY: `${CANARY}other`,
      TOP_SECRET: PEM,
    });
  });

  it("replaces no value that comes from elsewhere, unless it is detached by name", async () => {
    const { client } = project;
    const before = (await client.environment("shop/dev-secrets", { decrypted: true }))?.yaml ?? "";
    const shared = `${CANARY}shared`;
    await client.createEnvironment("shop/shared");
    await client.updateEnvironment(
      "shop/shared",
      `values: {environmentVariables: {API_KEY: {fn::secret: ${shared}}}}\n`,
    );
    const given = { input: lines({ API_KEY: `${CANARY}mine`, TOP_SECRET: `${CANARY}mine` }) };
    const replace = ["init", "dev", "--values", "-", "--replace", "API_KEY", "--replace", "TOP_SECRET"];
    await client.updateEnvironment(
      "shop/dev-secrets",
      `imports: [shop/shared]\nvalues:\n  base: {fn::secret: ${CANARY}base}\n  environmentVariables: {TOP_SECRET: "\${base}"}\n`,
    );
    const stored = await environments();
    const text = failed(await project.ws(replace, given));
    assert.match(
      text,
      /'API_KEY' comes from the imported Environment shop\/shared;[^\n]*\n[^\n]*--detach API_KEY/,
    );
    assert.match(text, /'TOP_SECRET' comes from the reference \$\{base\};[^\n]*\n[^\n]*--detach TOP_SECRET/);
    assert.deepEqual(await environments(), stored);
    const detach = ["--detach", "API_KEY", "--detach", "TOP_SECRET"];
    succeeded(await project.ws([...replace, ...detach], given));
    const { API_KEY } = Object((await values("shop/dev-secrets")).environmentVariables);
    assert.equal(API_KEY, `${CANARY}mine`);
    // Where all of the variables come from elsewhere, there is no place for a literal.
    await client.updateEnvironment(
      "shop/dev-secrets",
      `values:\n  base: {API_KEY: {fn::secret: ${CANARY}b}, TOP_SECRET: {fn::secret: ${CANARY}b}}\n  environmentVariables: \${base}\n`,
    );
    const whole = await environments();
    assert.ok(
      failed(await project.ws([...replace, ...detach], given)).includes(
        "  - Environment shop/dev-secrets, environmentVariables: all of it comes from the reference ${base}, so API_KEY, TOP_SECRET can't be stored in it\n    Change the value where it comes from, or make 'environmentVariables' a mapping with values of its own: pulumi env edit shop/dev-secrets\n",
      ),
    );
    assert.deepEqual(await environments(), whole);
    await client.updateEnvironment("shop/dev-secrets", before);
    await client.deleteEnvironment("shop/shared");
  });

  it("mends what was deleted or edited, and asks for the missing value alone", async () => {
    await project.client.updateEnvironment("shop/dev", "values: {mine: 1}\n");
    assert.match(
      succeeded(await project.ws(["init", "dev"])),
      /held something else and was repaired .* revision \d+/,
    );
    await project.client.deleteEnvironment("shop/dev");
    assert.match(succeeded(await project.ws(["init", "dev"])), /shop\/dev: given the definition/);
    await project.client.deleteEnvironment("shop/dev-secrets");
    const text = failed(await project.ws(["init", "dev"]));
    assert.match(text, /'API_KEY' has no value/);
    assert.ok(!text.includes("'CLOUDFLARE_API_TOKEN' has no value"));
    const env = { API_KEY: `${CANARY}env`, TOP_SECRET: `${CANARY}env2`, UNRELATED: `${CANARY}never` };
    succeeded(await project.ws(["init", "dev", "--from-process"], { env }));
    const { UNRELATED: _, ...declared } = env;
    assert.deepEqual(await values("shop/dev-secrets"), { environmentVariables: declared });
  });

  it("takes out a pin of values that are gone, and names one that is not there", async () => {
    const head = "# kept\nenvironment:\n  - shop/gone\nconfig:\n  # why\n  worker-secrets:promoteFrom: dev\n";
    project.write("Pulumi.gone.yaml", `${head}  worker-secrets:secretsRevision: 2\n`);
    const init = (...more: string[]) =>
      project.ws(["init", "gone", "--values", "-", ...more], { input: all() });
    const note =
      /Note: Pulumi\.gone\.yaml:7, worker-secrets:secretsRevision: the pin to '2' is taken out: shop\/gone-secrets is not there/;
    const planned = succeeded(await init("--dry-run"));
    assert.match(planned, note);
    assert.match(planned, /Pulumi\.gone\.yaml: would be written/);
    assert.match(project.read("Pulumi.gone.yaml"), /secretsRevision/);
    assert.match(succeeded(await init()), note);
    assert.equal(project.read("Pulumi.gone.yaml"), head);
    const definition = await project.client.environment("shop/gone");
    assert.doesNotMatch(definition?.yaml ?? "", /@/);

    project.write("Pulumi.gone.yaml", `${head}  worker-secrets:secretsRevision: 8\n`);
    const before = await project.client.environment("shop/gone");
    const text = failed(await init());
    assert.match(
      text,
      /Pulumi\.gone\.yaml:7, worker-secrets:secretsRevision: shop\/gone-secrets has no revision or tag '8'\n {4}Take the line out .*pulumi config rm worker-secrets:secretsRevision --stack gone/,
    );
    assert.deepEqual(await project.client.environment("shop/gone"), before);
    const { stdout } = await project.ws(["doctor", "--stack", "gone"]);
    assert.match(
      stdout,
      /^FAIL {2}Environment shop\/gone-secrets: Pulumi\.gone\.yaml:7, .* no revision or tag '8'$/m,
    );
    rmSync(join(project.root, "Pulumi.gone.yaml"));
  });

  it("takes values from .dev.vars as wrangler reads it, and generates a key", async () => {
    project.write(".dev.vars", `API_KEY="${CANARY}two\\nlines" # note\nUNUSED='${CANARY}unused'\n`);
    const out = succeeded(
      await project.ws(
        [
          ...["init", "prod", "--from-dev-vars", `${project.root}/.dev.vars`, "--generate", "TOP_SECRET"],
          ...["--from-process"],
        ],
        { env: project.account },
      ),
    );
    assert.match(out, /dev\.vars also holds a name that no Worker declares \(line 2\)/);
    const { environmentVariables } = (await values("shop/prod-secrets")) as {
      environmentVariables: Record<string, string>;
    };
    assert.equal(environmentVariables.API_KEY, `${CANARY}two\nlines`);
    assert.match(environmentVariables.TOP_SECRET ?? "", /^[\w-]{43}$/);
    assert.deepEqual(Object.keys(environmentVariables).sort(), ["API_KEY", "TOP_SECRET"]);
  });

  it("compares with a deployed Worker's secrets", async () => {
    assert.match(
      failed(await project.ws(["init", "dev", "--from-worker", "nowhere"])),
      /--from-worker nowhere: its secrets can't be listed .*\n {4}The account has no Workers: leave the option out\.$/m,
    );
  });

  it("refuses values on the command line and unknown stacks without touching anything", async () => {
    assert.equal((await project.ws(["init", "dev", "--values", "API_KEY=1"])).code, 2);
    assert.match(failed(await project.ws(["init", "a b"])), /is no stack's name/);
    assert.equal((await project.ws(["init", "dev", "--nope"])).code, 2);
  });

  it("works under another name of the project, and keeps what people wrote in the stack's file", async () => {
    project.write("Pulumi.yaml", "name: renamed\nruntime: nodejs\n");
    project.write(
      "Pulumi.dev.yaml",
      "# ours\nenvironment:\n# why\n- common/base\n# the stack\n- shop/dev # end\nconfig:\n  # the Workers\n  worker-secrets:workers: [worker]\n  worker-secrets:secretsRevision: 3\n  other:key: {a: 1}\n",
    );
    await project.client.createEnvironment("common/base");
    const input = all();
    succeeded(await project.ws(["init", "dev", "--values", "-"], { input }));
    assert.equal(
      project.read("Pulumi.dev.yaml"),
      "# ours\nenvironment:\n# why\n- common/base\n# the stack\n- renamed/dev # end\nconfig:\n  # the Workers\n  worker-secrets:workers: [worker]\n  other:key: {a: 1}\n",
    );
    assert.deepEqual((await values("renamed/dev")).environmentVariables, project.account);
    assert.ok(await project.client.environment("shop/dev"), "the other project's Environment is gone");
  });
});
