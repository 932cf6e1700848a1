import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { runNode } from "../../../../tests/helpers/process.ts";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import { defineEnvironment } from "../../src/program/definition.ts";
import { MARK } from "../../src/program/mark.ts";
import { environmentNames } from "../../src/program/names.ts";
import { CANARY, failed, openProject, succeeded, type WsProject } from "./ws-project.ts";

const REVIEW = join(import.meta.dirname, "../../src/cli/ci/review.ts");

const OTHERS = `values:
  region: eu-west-1
  password:
    fn::secret: ${CANARY}theirs
  environmentVariables:
    AWS_REGION: eu-west-1
  pulumiConfig:
    aws:region: eu-west-1
`;

describe("Environments of somebody else", function () {
  this.timeout(180_000);
  let project: WsProject;
  let organization: string;
  const env = () => ({ ...project.account, API_KEY: `${CANARY}a` });
  const init = (stack: string, ...more: string[]) =>
    project.ws(["init", stack, "--from-process", "--generate", "TOP_SECRET", ...more], { env: env() });
  const form = (stack: string, name = "shop") =>
    defineEnvironment({ names: environmentNames(name, stack) }).yaml;
  const mark = (name: string) => project.client.environmentTag(name, MARK);
  const make = async (name: string, yaml: string) => {
    await project.client.createEnvironment(name);
    if (yaml !== "") await project.client.updateEnvironment(name, yaml);
  };
  /** The values that a definition needs before the service takes it. */
  const makeValues = async (stack: string, name = "shop") => {
    const { CLOUDFLARE_ACCOUNT_ID: id, CLOUDFLARE_API_TOKEN: token } = project.account;
    const variables = { CLOUDFLARE_ACCOUNT_ID: id, CLOUDFLARE_API_TOKEN: { "fn::secret": token } };
    await make(
      `${name}/${stack}-cloudflare`,
      JSON.stringify({ values: { environmentVariables: variables } }),
    );
    await make(`${name}/${stack}-secrets`, "values:\n  environmentVariables: {API_KEY: kept}\n");
  };
  /** Whatever a command could have changed. */
  const all = async (stack: string) => ({
    environments: await Promise.all(
      ["", "-cloudflare", "-secrets"].map(async (end) => [
        await project.client.environment(`shop/${stack}${end}`),
        await mark(`shop/${stack}${end}`),
      ]),
    ),
    stack: await project.client.stackExists("shop", stack),
    files: project.files(),
  });

  before(async () => {
    project = await openProject("shop");
    organization = project.client.organization;
    workerFolder(project.root, "worker", GOOD);
  });
  after(() => project?.close());

  const foreign: readonly {
    readonly what: string;
    readonly stack: string;
    readonly yaml: () => string;
    readonly valuesOf?: string;
    readonly mark?: () => string;
    readonly says: readonly RegExp[];
  }[] = [
    {
      what: "another team's values and pulumiConfig",
      stack: "qa",
      yaml: () => OTHERS,
      says: [/It holds region, password, environmentVariables\.AWS_REGION, pulumiConfig\.aws:region/],
    },
    {
      what: "our definition with a value of somebody's in it",
      stack: "mixed",
      valuesOf: "shop",
      yaml: () => form("mixed").replace("values:\n", "values:\n  theirs: 1\n"),
      says: [/It holds theirs, environmentVariables\.CLOUDFLARE_ACCOUNT_ID/],
    },
    {
      what: "the definition of another project's stack",
      stack: "moved",
      valuesOf: "warehouse",
      yaml: () => form("moved", "warehouse"),
      says: [/pulumiConfig\.worker-secrets:digest/],
    },
    {
      what: "a note",
      stack: "noted",
      yaml: () => "# Kept free for the warehouse team.\nvalues: {}\n",
      says: [/It holds nothing but comments/],
    },
    {
      what: "our form, marked by a stack of another organization",
      stack: "shared",
      valuesOf: "shop",
      yaml: () => form("shared"),
      mark: () => "acme/shop/shared",
      says: [/it belongs to the stack acme\/shop\/shared/],
    },
  ];
  for (const row of foreign)
    it(`init, adopt and doctor leave ${row.what} as it is, and --dry-run says the same`, async () => {
      const { stack } = row;
      const name = `shop/${stack}`;
      if (row.valuesOf !== undefined) await makeValues(stack, row.valuesOf);
      await make(name, row.yaml());
      if (row.mark !== undefined) await project.client.addEnvironmentTag(name, MARK, row.mark());
      await make("common/base", `imports: [${name}]\n`);
      const before = await all(stack);
      const refused = failed(await init(stack));
      for (const part of [
        new RegExp(`Environment ${name}: `),
        /it is imported by Environment common\/base/,
        new RegExp(
          `Name another Environment in the stack's config: pulumi config set --path 'worker-secrets:environments\\.stack' shop/${stack}-workers`,
        ),
        new RegExp(`pulumi env tag ${name} ${MARK} ${organization}/shop/${stack}`),
        ...row.says,
      ])
        assert.match(refused, part);
      assert.ok(!refused.includes("eu-west-1"), "a value is shown");
      const faults = (text: string) => text.slice(text.indexOf("  - "));
      assert.equal(faults(failed(await init(stack, "--dry-run"))), faults(refused));
      const adopted = await project.ws(["adopt", "orders", "--stack", stack, "--from-process"], {
        env: env(),
      });
      assert.match(failed(adopted), new RegExp(`Environment ${name}: `));
      assert.deepEqual(await all(stack), before);
      project.write(`Pulumi.${stack}.yaml`, `environment:\n  - ${name}\n`);
      const told = await project.ws(["doctor", "--stack", stack]);
      assert.match(told.stdout, new RegExp(`^FAIL {2}Environment ${name}: it .*so it is not written`, "m"));
      rmSync(join(project.root, `Pulumi.${stack}.yaml`));
    });

  it("both ways on work: another stack name beside it, and handing it over by the tag", async () => {
    const theirs = await project.client.environment("shop/qa");
    project.write("Pulumi.qa-workers.yaml", "environment:\n  - shop/qa\n");
    succeeded(await init("qa-workers"));
    assert.match(project.read("Pulumi.qa-workers.yaml"), /- shop\/qa\n {2}- shop\/qa-workers\n/);
    assert.deepEqual(await project.client.environment("shop/qa"), theirs);
    await project.client.addEnvironmentTag("shop/qa", MARK, `${organization}/shop/qa`);
    assert.match(
      succeeded(await init("qa")),
      /shop\/qa: it held something else and was repaired .* revision 2/,
    );
  });

  it("a definition without a mark gets it once, in any layout; so does an empty Environment", async () => {
    await makeValues("old");
    await make("shop/old", JSON.stringify(parse(form("old"))));
    await make("shop/blank", "");
    assert.match(succeeded(await init("old")), /shop\/old: the definition is there/);
    assert.equal(await mark("shop/old"), `${organization}/shop/old`);
    succeeded(await init("blank"));
    for (const end of ["", "-cloudflare", "-secrets"])
      assert.equal(await mark(`shop/blank${end}`), `${organization}/shop/blank`, end);
    assert.equal((await project.client.environment("shop/old"))?.revision, 2, "the text was written again");
  });

  it("values of somebody else are added to only where the stack's definition imports them, and stay unmarked", async () => {
    await makeValues("loose");
    const before = await all("loose");
    const refused = failed(await init("loose"));
    assert.match(refused, /Environment shop\/loose-secrets: .* It holds environmentVariables\.API_KEY/);
    assert.match(refused, /import shop\/loose-secrets in shop\/loose-workers-secrets/);
    assert.deepEqual(await all("loose"), before);

    await make("shop/loose", form("loose"));
    succeeded(await init("loose"));
    const now = await project.client.environment("shop/loose-secrets");
    assert.match(now?.yaml ?? "", /API_KEY: kept[\s\S]*TOP_SECRET/);
    assert.equal(await mark("shop/loose-secrets"), undefined);

    const torn = succeeded(await project.ws(["teardown", "--stack", "loose", "--yes", "loose"]));
    assert.match(torn, /Environment shop\/loose-secrets does not carry the stack's mark/);
    assert.deepEqual(await project.client.environment("shop/loose-secrets"), now);
    assert.equal(await project.client.environment("shop/loose"), undefined);
  });

  it("values of somebody else that lack nothing are used as they are", async () => {
    await make("shop/full-secrets", "values:\n  environmentVariables: {API_KEY: one, TOP_SECRET: two}\n");
    const before = await project.client.environment("shop/full-secrets");
    succeeded(await init("full"));
    assert.deepEqual(await project.client.environment("shop/full-secrets"), before);
    assert.equal(await mark("shop/full-secrets"), undefined);
  });

  it("teardown refuses to take values away from another Environment that imports them", async () => {
    succeeded(await init("lender"));
    await make("shop/borrower", "imports: [shop/lender-secrets]\n");
    const teardown = ["teardown", "--stack", "lender", "--yes", "lender"];
    assert.match(
      failed(await project.ws(teardown)),
      /Environment shop\/lender-secrets: common\/base, shop\/borrower|Environment shop\/lender-secrets: shop\/borrower imports it/,
    );
    assert.ok(await project.client.environment("shop/lender-secrets"));
    await project.client.deleteEnvironment("shop/borrower");
    succeeded(await project.ws(teardown));
    assert.equal(await project.client.environment("shop/lender-secrets"), undefined);
  });

  it("a review stack leaves an Environment of its name as it is", async () => {
    succeeded(await init("dev"));
    await make("shop/pr-7-secrets", OTHERS);
    const before = await project.client.environment("shop/pr-7-secrets");
    const { pulumi, cloudflare } = project.sandbox.description;
    const open = () =>
      runNode([REVIEW, "open", "7"], {
        PULUMI_BACKEND_URL: pulumi.url,
        PULUMI_ACCESS_TOKEN: pulumi.token,
        CLOUDFLARE_BASE_URL: cloudflare.url,
        PULUMI_HOME: join(project.folder, "home"),
        PROJECT_ROOT: project.root,
      }).ended;
    assert.match(failed(await open()), /Environment shop\/pr-7-secrets: it does not carry the mark/);
    assert.deepEqual(await project.client.environment("shop/pr-7-secrets"), before);
    await project.client.deleteEnvironment("shop/pr-7-secrets");
    succeeded(await open());
    succeeded(await open());
    for (const end of ["", "-cloudflare", "-secrets"])
      assert.equal(await mark(`shop/pr-7${end}`), `${organization}/shop/pr-7`);
  });
});
