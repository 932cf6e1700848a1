import assert from "node:assert/strict";
import { parse } from "yaml";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import { wsProject } from "./stack-project.ts";
import { wranglerIn } from "./wrangler-alone.ts";
import { CANARY, failed, lines, openProject, succeeded } from "./ws-project.ts";

const WITHOUT = /'secrets\.required' of the top level has TOP_SECRET, which is not in 'env\.production'/;
const NONE = /the file has the block 'env\.production', and this stack takes none of them/;

describe("env blocks of a wrangler file", function () {
  this.timeout(300_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());

  it("are stopped in production by init, preview and doctor, and warned of elsewhere", async () => {
    const blocks = { production: { secrets: { required: ["API_KEY"] } } };
    const project = await wsProject(world, { project: "blocks", worker: { ...GOOD, env: blocks } });
    const { text } = await project.host.preview();
    assert.match(text, /in production this would stop the stack/);
    assert.match(text, NONE);
    assert.match((await project.ws("init", "--dry-run")).stdout, NONE);
    const warned = await project.ws("doctor");
    assert.match(warned.stdout, /^warn {2}file worker\/wrangler\.jsonc: .*takes none of them/m);

    const config = (entry: object) =>
      world.stack({
        project: "blocks",
        worker: { ...GOOD, env: blocks },
        config: { prod: true, workers: [{ directory: "worker", ...entry }] },
      });
    await assert.rejects((await config({})).preview(), NONE);
    assert.match(failed(await project.ws("init")), NONE);
    assert.match((await project.ws("doctor")).stdout, /^FAIL {2}file .*takes none of them/m);

    await assert.rejects((await config({ environment: "production" })).preview(), WITHOUT);
    assert.match(failed(await project.ws("init")), WITHOUT);
    assert.match((await project.ws("doctor")).stdout, /^FAIL {2}file .*TOP_SECRET/m);

    for (const meant of [{ environment: "production", leftOut: ["TOP_SECRET"] }, { environment: "" }]) {
      await (await config(meant)).preview();
      assert.doesNotMatch(succeeded(await project.ws("init", "--dry-run")), WITHOUT);
    }
  });

  it("are recognised by adopt from the script's name", async () => {
    const project = await openProject("taken");
    try {
      const directory = workerFolder(project.root, "worker", {
        ...GOOD,
        name: "orders",
        vars: { MODE: "development" },
        env: {
          production: { secrets: { required: ["API_KEY"] }, vars: { MODE: "production" } },
          eu: { name: "orders-europe", secrets: { required: ["API_KEY"] }, vars: { MODE: "europe" } },
        },
      });
      const wrangler = wranglerIn(project, directory);
      for (const [env, script] of [
        ["production", "orders-production"],
        ["eu", "orders-europe"],
        ["", "orders"],
      ] as const) {
        for (const name of ["API_KEY", "TOP_SECRET"])
          await wrangler(["secret", "put", name, "--name", script], `${CANARY}${name}`);
        await wrangler(["deploy", `--env=${env}`]);
      }
      const input = lines({ ...project.account, API_KEY: `${CANARY}key` });
      const top = lines({ TOP_SECRET: `${CANARY}top` });
      const adopt = (script: string, stack: string, ...more: string[]) =>
        project.ws(["adopt", script, "--stack", stack, "--values", "-", "--no-preview", ...more], {
          input: script === "orders" ? input + top : input,
        });
      const start = (stack: string, prod: boolean) =>
        project.write(
          `Pulumi.${stack}.yaml`,
          `config:\n  worker-secrets:prod: ${prod}\n  worker-secrets:workers: [worker]\n`,
        );
      const entry = (stack: string) =>
        (parse(project.read(`Pulumi.${stack}.yaml`)) as { config: Record<string, object[]> }).config[
          "worker-secrets:workers"
        ]?.[0];

      start("prod", true);
      const report = JSON.parse(failedJson(await adopt("orders-production", "prod", "--json"))) as {
        faults: { what: string }[];
        differences: { what: string; name: string; change: string }[];
      };
      // What the block lacks stops the stack; what is compared is the block.
      assert.match(report.faults.map(({ what }) => what).join("\n"), /has TOP_SECRET, which is not in/);
      const mode = report.differences.find(({ name }) => name === "MODE");
      assert.equal(mode?.change, "kept");

      start("live", false);
      const out = succeeded(await adopt("orders-production", "live", "--drop", "TOP_SECRET"));
      assert.match(out, /'orders-production' is wrangler's name for 'env\.production' of worker\/wrangler/);
      assert.deepEqual(entry("live"), {
        directory: "worker",
        scriptName: "orders-production",
        environment: "production",
        adopt: true,
        dropBindings: ["TOP_SECRET"],
      });
      start("west", false);
      succeeded(await adopt("orders-europe", "west", "--drop", "TOP_SECRET"));
      assert.equal(Object(entry("west")).environment, "eu");
      start("own", false);
      succeeded(await adopt("orders", "own"));
      assert.equal(Object(entry("own")).environment, "");
    } finally {
      await project.close();
    }
  });
});

function failedJson(ran: { code: number | null; stdout: string; stderr: string }): string {
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  return ran.stdout;
}
