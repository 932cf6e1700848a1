import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTools, type Tools } from "../../../../tests/clients/real-tools.ts";
import { runNode } from "../../../../tests/helpers/process.ts";

const WORKER =
  "export default { fetch: (_, env) => Response.json(Object.keys(env).sort().concat(env.TOP_SECRET ?? [])) };";
const CANARY = 'canary-tutorial "quoted" and $dollars';

describe("ws init: out of the tutorial in one command", function () {
  this.timeout(180_000);
  let tools: Tools;
  before(async () => {
    tools = await startTools({ cloudflare: false });
  });
  after(() => tools?.close());

  it("takes the old Environments' values over, leaves them as they are, and names what is left", async () => {
    const { accountId, token } = tools.sandbox.description.cloudflare;
    const run = async (line: string, input?: string) => {
      const { code, text } = await tools.sh(line, input);
      assert.equal(code, 0, `${line}\n${text}`);
      return text;
    };
    // The tutorial, as it stands.
    const [old, vars] = ["wrangler/my-dev-environment", "wrangler/my-devvars"];
    await run("pulumi login");
    await run(`pulumi env init ${old}`);
    await run(`pulumi env set ${old} environmentVariables.CLOUDFLARE_ACCOUNT_ID ${accountId}`);
    await run(`pulumi env set ${old} environmentVariables.CLOUDFLARE_API_TOKEN ${token} --secret`);
    await run(`pulumi env init ${vars}`);
    await run(`pulumi env set ${vars} environmentVariables.TOP_SECRET --secret -f -`, CANARY);
    await run(`pulumi env set ${vars} environmentVariables.OLD_ONE leftover --secret`);
    tools.write("worker.js", WORKER);
    const config = { name: "my-worker", main: "worker.js", compatibility_date: "2026-10-01" };
    tools.write("wrangler.json", JSON.stringify(config));
    await run(`pulumi env run ${old} -- npx wrangler deploy`);
    await run(`pulumi env set ${old} environmentVariables.TOP_SECRET --secret -f -`, CANARY);
    const put = 'echo "$TOP_SECRET" | npx wrangler secret put TOP_SECRET';
    await run(`pulumi env run -i ${old} -- sh -c '${put}'`);
    const before = [
      await run(`pulumi env get ${old} --show-secrets`),
      await run(`pulumi env get ${vars} --show-secrets`),
    ];

    // The project that takes it over: the Worker's folder with the name declared.
    const root = join(tools.folder, "managed");
    mkdirSync(join(root, "worker"), { recursive: true });
    writeFileSync(join(root, "Pulumi.yaml"), "name: managed\nruntime: nodejs\n");
    writeFileSync(join(root, "worker/worker.js"), WORKER);
    writeFileSync(
      join(root, "worker/wrangler.json"),
      JSON.stringify({ ...config, secrets: { required: ["TOP_SECRET"] } }),
    );
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = tools.sandbox.description.env;
    const ended = await runNode(
      [
        "packages/worker-secrets/src/cli/ws.ts",
        "init",
        "dev",
        "--root",
        root,
        "--from-env",
        old,
        "--from-vars",
        vars,
        "--from-worker",
        "my-worker",
      ],
      clouds,
    ).ended;
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.ok(!/canary|leftover/.test(ended.stdout + ended.stderr), "a value is in the output");
    assert.match(ended.stdout, /Environment wrangler\/my-devvars also holds OLD_ONE/);
    assert.match(ended.stdout, /The Worker 'my-worker' has the secrets TOP_SECRET/);
    const opened = async (name: string) =>
      JSON.parse(await run(`pulumi env open ${name} --format json`)) as unknown;
    assert.deepEqual(await opened("managed/dev-secrets"), { environmentVariables: { TOP_SECRET: CANARY } });
    assert.deepEqual(await opened("managed/dev-cloudflare"), {
      environmentVariables: { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token },
    });
    assert.deepEqual(
      [await run(`pulumi env get ${old} --show-secrets`), await run(`pulumi env get ${vars} --show-secrets`)],
      before,
      "an old Environment was changed",
    );
    // The tutorial's own command goes on working, with the new Environment.
    assert.match(await run("pulumi env run managed/dev -- npx wrangler whoami"), new RegExp(accountId));
  });
});
